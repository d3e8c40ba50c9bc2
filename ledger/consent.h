// The life of a consent: which lifecycle event is possible in which state, and what it changes
// (docs/events.md, "States"). Pure: reads no table, clock or setting.
#pragma once

#include "ledger/state.h"

#include <memory>

namespace consentree::ledger {

struct Consent {
    ConsentState state;
    std::shared_ptr<const Terms> terms;    // Of state.version.
    std::shared_ptr<const Terms> pending;  // Of state.pending_version, if there is one.
};

// The status with supersession derived, expiry left aside.
ConsentStatus status_in_force(const ConsentState& state, TimeMs time);
// With both derived: what people are shown, and what lifecycle events meet.
ConsentStatus status_at(const ConsentState& state, const ConsentRecord& record, TimeMs time);

// What an event leads to in a state; nothing: the state forbids it. authorise leads to active or
// partial, as its count says; amend and events about a pending amendment leave the state as it is.
std::optional<ConsentStatus> next_status(ConsentStatus status, EventKind kind);

// Who may submit a lifecycle event about this consent: the issuer; for suspend and revoke the
// parties and authorities too, for resource_remove the provider, for invalidate authorities.
bool may_submit(std::string_view institution,
                bool is_authority,
                EventKind kind,
                const ConsentRecord& record);

// Whether all that is asked for lies in the record's resources as they were changed since. "all" is
// in the scope of "all" only, while nothing has been removed.
bool is_resource_in_scope(const Consent& consent, const Resources& asked);

// A consent as its consent.request brings it.
Consent make_consent(std::shared_ptr<const Terms> terms, std::uint64_t number, TimeMs time);
// Any later event. Refusals: consent-state, version-conflict, subject-mismatch, scope-changed,
// limit-reached, not-authorised (a grantor that the record does not name); pointers are within the
// event. On a refusal the consent
// must be thrown away.
std::optional<Refusal> apply_event(Consent& consent,
                                   const LifecycleEvent& event,
                                   EventKind kind,
                                   TimeMs time,
                                   std::shared_ptr<const Terms> amended);

}  // namespace consentree::ledger
