// What proven entries say: consents as they stand, and accesses with the ledger's verdicts. Pure.
// Reads nothing but what the client library has verified, and believes no summary of a node.
#pragma once

#include "common/types.h"
#include "verifier/report.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace consentree::client::exports {

// One change of a consent's state: what people said, and when it was recorded.
struct Change {
    std::string type;  // "consent.withdraw"
    std::string said_at, recorded_at;
    std::string by;  // Grantor, or who asked; may be empty.
};

struct FoldedConsent {
    nlohmann::json record;  // Of the version in force, or of the newest while none is.
    std::string status;     // "active", as of the moment of the proof.
    std::vector<Change> changes;
};

struct FoldedAccess {
    nlohmann::json event;
    std::string verdict;  // "PERMIT", "DENY (EXPIRED)"; empty where there is none.
    std::string recorded_at;
    std::uint64_t index = 0;  // In the log.
};

struct Folded {
    std::vector<FoldedConsent> consents;  // In order of first appearance.
    std::vector<FoldedAccess> accesses;
    std::string as_of;  // The moment of the proof.
};

Folded fold(const verifier::Report& proven);

}  // namespace consentree::client::exports
