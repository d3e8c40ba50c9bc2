// How a scheme or vocabulary comes into force: proposed and approved by institutions that run a
// validator, until they are a quorum of the set (docs/schemes.md, "How one comes into force").
// Private to execution and queries; on a refusal the overlay must be rolled back.
#pragma once

#include "ledger/genesis.h"
#include "ledger/overlay.h"
#include "ledger/scheme.h"

namespace consentree::ledger {

struct GovernanceContext {
    const Genesis& genesis;
    Overlay& overlay;
    std::string_view institution;  // Of the author, who signed with the role admin.
    RecordedAt at;
};
// not-authorised, version-conflict, policy-state, policy-unknown, limit-reached, and what the
// document's parser refuses; pointers are within the event.
std::optional<Refusal> propose_policy(const GovernanceContext& context, const PolicyEvent& event);
std::optional<Refusal> approve_policy(const GovernanceContext& context, const PolicyEvent& event);
// Whether the document that the event names came into force with it.
bool came_into_force(Overlay& overlay, const PolicyEvent& event, std::uint64_t leaf);
// The same event as a proven entry tells it: who may, and how many approved, was checked when it
// was recorded.
std::optional<Refusal> repeat_policy(Overlay& overlay,
                                     const Event& event,
                                     const RecordedAt& at,
                                     bool is_in_force);

// The scheme as the overlay stands, with its vocabularies; null: there is none. A version that was
// in force once stays known.
std::shared_ptr<const Scheme> scheme_in_force(Overlay& overlay, std::string_view id);
std::shared_ptr<const Scheme> scheme_version(Overlay& overlay,
                                             std::string_view id,
                                             std::uint32_t version);

// A record's terms as its scheme reads them, or why it is no consent of its scheme:
// scheme-unknown, scheme-invalid. Sets terms.record, scheme_version, written, exceeds_limits.
std::optional<Refusal> read_by_scheme(Overlay& overlay, Terms& terms);

// The recurring consents whose place one of these terms takes, or would take, by its scheme.
std::vector<ConsentKey> recurring_in_place(Overlay& overlay,
                                           const ConsentKey& key,
                                           const Terms& terms);
// The same; this one is in force from now on.
std::vector<ConsentKey> replace_recurring(Overlay& overlay,
                                          const ConsentKey& key,
                                          const Terms& terms);

}  // namespace consentree::ledger
