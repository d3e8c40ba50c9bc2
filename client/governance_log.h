// The log of governance, proven complete: schemes, vocabularies and data-sharing agreements, which
// a replay of consents needs beside their subject's log. Fetched when it is first needed. Internal
// to the client library; one thread.
#pragma once

#include "client/proven.h"
#include "ledger/replay.h"

namespace consentree::client {

class GovernanceLog {
public:
    // as_of: of the question about the subject, so that both logs speak of one moment.
    GovernanceLog(const Proven& proven, const ledger::Question& as_of);

    bool is_loaded() const { return is_loaded_; }
    std::optional<Failure> load();
    // Applies what stands before that leaf and was not applied yet.
    std::optional<Refusal> apply_before(std::uint64_t leaf, ledger::Replay& replay);
    // Once loaded: whether agreements are among its entries; an index of older rules left them out,
    // and proves nothing about them.
    std::optional<Failure> cannot_tell_agreements() const;
    // Once loaded: what was verified. Its entries are not in it.
    const ledger::EvidenceReport& report() const { return report_; }

private:
    const Proven& proven_;
    ledger::Question question_;
    ledger::EvidenceReport report_;
    std::vector<ledger::ProvenEntry> entries_;
    std::size_t next_ = 0;
    bool is_loaded_ = false;
};

}  // namespace consentree::client
