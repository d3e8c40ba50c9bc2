// Schemes and vocabularies as the API shows them. As with queries.h: any thread with a Reader.
#pragma once

#include "ledger/genesis.h"
#include "ledger/governance_state.h"

namespace consentree::ledger {

// One document: in force, replaced by a later version, or waiting for approvals.
struct PolicyDocumentView {
    Hash sha256;
    PolicyDocument document;
    std::vector<std::string> approved_by;  // Institutions, in the validators' order.
};
struct PolicyView {
    std::string id;
    PolicyType type = PolicyType::scheme;
    std::optional<PolicyDocumentView> in_force;
    std::vector<PolicyDocumentView> proposals;
};
// At most limit, in the order of their ids, from the one at that place on.
std::vector<PolicyView> list_policies(const Reader& reader,
                                      const Genesis& genesis,
                                      std::uint64_t from,
                                      std::size_t limit);
std::optional<PolicyView> find_policy(const Reader& reader,
                                      const Genesis& genesis,
                                      std::string_view id);
// A version that is or was in force.
std::optional<PolicyDocumentView> find_policy_version(const Reader& reader,
                                                      const Genesis& genesis,
                                                      std::string_view id,
                                                      std::uint32_t version);

}  // namespace consentree::ledger
