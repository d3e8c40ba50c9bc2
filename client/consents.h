// Consents as they stand, proven: derived from the complete logs of their subjects by the ledger's
// own rules, not asked for. What a node says of a state is not even looked at. Internal to the
// client library; safe to use from several threads.
#pragma once

#include "client/subject_replay.h"

namespace consentree::client {

class Consents {
public:
    Consents(const NodeCalls& calls, const Proven& proven) : calls_(calls), proven_(proven) {}

    // issuer may be empty: then a node says whose it is. filters: as_of.
    Outcome<Answer> one(const std::string& issuer,
                        const std::string& consent_id,
                        const std::vector<Filter>& filters,
                        const Progress& progress) const;
    // About a subject, recipient, provider or issuer (filters as in docs/api.md, and as_of); not
    // proven are others: "no-proof".
    Outcome<Answer> list(const std::vector<Filter>& filters, const Progress& progress) const;
    // Accesses to a subject's data that one provider holds: which, only the consents say.
    Outcome<Answer> accesses(const std::vector<Filter>& filters, const Progress& progress) const;

private:
    struct Asked;
    class Walk;
    using SubjectPtr = std::shared_ptr<SubjectState>;

    Outcome<SubjectPtr> replay(const std::string& label,
                               const Asked& asked,
                               const Progress& progress,
                               const SeenEntry& seen = {}) const;
    Outcome<Answer> list_of_subject(const Asked& asked, const Progress& progress) const;

    const NodeCalls& calls_;
    const Proven& proven_;
};

}  // namespace consentree::client
