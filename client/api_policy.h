// Policies (schemes and vocabularies) as the API and the command line exchange them.
#pragma once

#include "client/api.h"

namespace consentree::client::api {

struct PolicyDocument {
    std::uint32_t version = 0;
    std::string sha256;      // Of the document's bytes, hexadecimal.
    std::uint64_t leaf = 0;  // Of the policy.propose.
    std::string proposed_by, proposed_at;
    std::vector<std::string> approved_by;
    std::string in_force_since;  // RFC 3339; empty: it waits for approvals, or never came.
    std::string document;        // Its exact text; empty in lists.
};
struct Policy {
    std::string id, type;  // scheme, vocabulary, mapping
    std::optional<PolicyDocument> in_force;
    std::vector<PolicyDocument> proposals;
    std::uint64_t as_of_height = 0;
};
std::string format(const Policy& policy);
Result<Policy> parse_policy(std::string_view json);
std::string format(const Page<Policy>& page);
Result<Page<Policy>> parse_policies(std::string_view json);

}  // namespace consentree::client::api
