// The rows of Table::state about policies: what was proposed, approved, and is in force. Typed
// getters over any Reader; encodings are in docs/formats.md. Rules are in governance.h.
#pragma once

#include "ledger/state.h"

namespace consentree::ledger {

enum class PolicyType : std::uint8_t { scheme = 1, vocabulary = 2, mapping = 3 };
std::string_view policy_type_name(PolicyType type);  // "scheme"

// Beyond: no more versions of it, and no more proposals while these wait.
inline constexpr std::size_t policy_versions_max = 1000;
inline constexpr std::size_t policy_proposals_max = 16;

struct PolicyState {
    PolicyType type = PolicyType::scheme;
    std::vector<Hash> versions;   // Documents that came into force; the last one is.
    std::vector<Hash> proposals;  // That wait to be the next.
    bool operator==(const PolicyState&) const = default;
};

struct PolicyDocument {
    std::string json;  // Its exact bytes.
    std::uint32_t version = 0;
    std::uint64_t leaf = 0;  // Of the policy.propose.
    std::string proposed_by;
    TimeMs proposed_ms = 0;
    std::uint64_t approved = 0;  // Bit k: the institution of validator k, the proposer too.
    TimeMs in_force_ms = 0;      // 0: not yet, or another took its place.
    Height in_force_height = 0;
    std::uint64_t in_force_leaf = 0;  // Of the event that brought it into force.
    bool operator==(const PolicyDocument&) const = default;
};

// Which consent of a pair is the recurring one, where a scheme allows one only.
struct RecurringConsent {
    ConsentKey consent;
    bool operator==(const RecurringConsent&) const = default;
};

Bytes encode(const PolicyState& policy);
Result<PolicyState> decode_policy_state(BytesView bytes);
Bytes encode(const PolicyDocument& document);
Result<PolicyDocument> decode_policy_document(BytesView bytes);
Bytes encode(const RecurringConsent& recurring);
Result<RecurringConsent> decode_recurring(BytesView bytes);

std::optional<PolicyState> load_policy(const Reader& reader, std::string_view id);
std::optional<PolicyDocument> load_policy_document(const Reader& reader, const Hash& sha256);

}  // namespace consentree::ledger
