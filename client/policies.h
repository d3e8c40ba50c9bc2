// Schemes, vocabularies and approvals of mappings from files, and the events that propose and
// approve them.
#pragma once

#include "client/outcome.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::client {

// A document as it will stand in an event: what is hashed.
struct PolicyFile {
    std::string text;
    std::string id, title, sha256;
    std::uint32_t version = 0;
    bool is_vocabulary = false;
};
namespace mapping {
struct Mapping;
}

// Checked as nodes check it, but for what only the ledger knows; otherwise a usage failure.
Outcome<PolicyFile> read_policy(std::string_view text);

// Event texts; occurred_at is now.
std::string propose_policy(const PolicyFile& policy);
std::string approve_policy(std::string_view id, std::uint32_t version, std::string_view sha256);

// The document with which a network approves a mapping, as version `version` of its policy.
std::string mapping_policy(const mapping::Mapping& mapping, std::uint32_t version);

// Those that are part of the program, vocabularies first, with approvals of its mappings.
std::vector<PolicyFile> built_in_policies();

}  // namespace consentree::client
