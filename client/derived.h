// What the ledger says now beside consents, derived from proven entries and not asked for: whether
// an access would be permitted, agreements, a subject's restrictions. Internal to the client
// library; safe to use from several threads.
#pragma once

#include "client/subject_replay.h"

namespace consentree::client {

class Derived {
public:
    explicit Derived(const Proven& proven) : proven_(proven) {}

    // POST /v1/consents:check, by the ledger's own rules.
    Outcome<Answer> check(const std::string& request_json, const Progress& progress) const;
    Outcome<Answer> agreement(std::string_view id) const;
    // In order of id; filters as in docs/api.md, the cursor is the last id of the page before.
    Outcome<Answer> agreements(const std::vector<Filter>& filters) const;
    Outcome<Answer> restrictions(const std::string& subject, const Progress& progress) const;

private:
    const Proven& proven_;
};

}  // namespace consentree::client
