// Events that put the documents of policies/ in force on the test network.
#pragma once

#include "tests/unit/ledger/domain_fixture.h"
#include "tests/unit/ledger/scheme_fixture.h"

namespace consentree::ledger::test {

inline std::string propose(const std::string& document, TimeMs at) {
    return R"({"type":"policy.propose","policy":)" + document + R"(,"occurred_at":")" +
           format_time(at) + "\"}";
}
inline std::string approve(const std::string& document,
                           const std::string& id,
                           int version,
                           TimeMs at) {
    return R"({"type":"policy.approve","id":")" + id + R"(","version":)" + std::to_string(version) +
           R"(,"sha256":")" + to_hex(sha256(as_bytes(document)).view()) + R"(","occurred_at":")" +
           format_time(at) + "\"}";
}

// Proposed by one institution and approved by two, which makes a quorum of four.
inline void put_in_force(Network& network,
                         const std::string& document,
                         const std::string& id,
                         TimeMs at,
                         int version = 1) {
    network.record("northbank-admin", {propose(document, at)}, at);
    network.record("medcare-admin", {approve(document, id, version, at)}, at);
    network.record("citygov-admin", {approve(document, id, version, at)}, at);
}
inline void put_in_force(Network& network, const std::string& id, TimeMs at) {
    const std::string document = policy_text(id);
    if (document.find("consentree/scheme/1") != std::string::npos) {
        for (const VocabularyPin& pin : accepted(parse_scheme(document)).pins) {
            put_in_force(network, pin.id, at);
        }
    }
    put_in_force(network, document, id, at);
}

}  // namespace consentree::ledger::test
