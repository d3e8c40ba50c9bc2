#include "ledger/consent.h"

#include "common/assert.h"

#include <algorithm>
#include <bit>

namespace consentree::ledger {
namespace {

Refusal refuse(std::string_view code,
               std::string detail,
               std::string_view pointer,
               std::string_view hint = "") {
    return {std::string(code), std::move(detail), std::string(pointer), std::string(hint)};
}

Refusal refuse_version(std::uint32_t given, std::uint32_t expected, std::string_view pointer) {
    return refuse("version-conflict",
                  "the event names version " + std::to_string(given) + " where version " +
                      std::to_string(expected) + " was expected",
                  pointer, "Read the consent again and build the event on what it says now.");
}

// An authorisation or rejection is about the amendment that waits, if there is one.
bool is_about_pending(const Consent& consent) {
    return consent.state.pending_version != 0;
}

std::optional<Refusal> authorise(Consent& consent, const LifecycleEvent& event, TimeMs time) {
    ConsentState& state = consent.state;
    const bool is_pending = is_about_pending(consent);
    const Terms& terms = is_pending ? *consent.pending : *consent.terms;
    const auto& grantors = terms.record.grantors;
    const auto grantor = std::find_if(grantors.begin(), grantors.end(), [&](const Grantor& one) {
        return one.party == event.grantor;
    });
    if (grantor == grantors.end()) {
        return refuse("not-authorised", "the consent does not name this grantor", "/grantor",
                      "Name one of the record's grantors.");
    }
    std::uint64_t& authorised = is_pending ? state.pending_authorised : state.authorised;
    const std::uint64_t bit = std::uint64_t{1} << (grantor - grantors.begin());
    if ((authorised & bit) != 0) {
        return refuse("consent-state", "this grantor has authorised this version already",
                      "/grantor");
    }
    authorised |= bit;
    const bool is_enough =
        static_cast<std::uint32_t>(std::popcount(authorised)) >= terms.record.threshold;
    if (is_pending) {
        if (!is_enough) return std::nullopt;
        state.version = state.pending_version;
        state.authorised = state.pending_authorised;
        state.pending_version = 0;
        state.pending_authorised = 0;
        consent.terms = std::move(consent.pending);
        return std::nullopt;
    }
    const ConsentStatus status = is_enough ? ConsentStatus::active : ConsentStatus::partial;
    if (state.status != status) state.status_since_ms = time;
    state.status = status;
    return std::nullopt;
}

std::optional<Refusal> amend(Consent& consent,
                             const LifecycleEvent& event,
                             std::shared_ptr<const Terms> amended) {
    CT_ASSERT(amended != nullptr);
    ConsentState& state = consent.state;
    if (event.version != state.latest_version + 1) {
        return refuse_version(event.version, state.latest_version + 1, "/consent/version");
    }
    if (amended->record.subject != consent.terms->record.subject) {
        return refuse("subject-mismatch", "an amendment keeps the subject of its consent",
                      "/consent/subject", "Request a new consent for another subject.");
    }
    state.latest_version = event.version;
    state.pending_version = event.version;
    state.pending_authorised = 0;
    consent.pending = std::move(amended);
    return std::nullopt;
}

std::optional<Refusal> check_version(const Consent& consent,
                                     const LifecycleEvent& event,
                                     EventKind kind) {
    const ConsentState& state = consent.state;
    switch (kind) {
        case EventKind::consent_authorise:
        case EventKind::consent_reject: {
            const std::uint32_t expected =
                is_about_pending(consent) ? state.pending_version : state.version;
            if (event.version == expected) return std::nullopt;
            return refuse_version(event.version, expected, "/version");
        }
        case EventKind::consent_resume:
            if (event.version == state.version) return std::nullopt;
            return refuse_version(event.version, state.version, "/version");
        default:
            // What protects the subject ends the consent whichever version its sender knew.
            if (event.version <= state.latest_version) return std::nullopt;
            return refuse_version(event.version, state.version, "/version");
    }
}

}  // namespace

ConsentStatus status_in_force(const ConsentState& state, TimeMs time) {
    const bool is_final = state.status == ConsentStatus::rejected ||
                          state.status == ConsentStatus::withdrawn ||
                          state.status == ConsentStatus::revoked;
    if (!is_final && state.superseded_by != 0 && time >= state.superseded_from_ms) {
        return ConsentStatus::superseded;
    }
    return state.status;
}

ConsentStatus status_at(const ConsentState& state, const ConsentRecord& record, TimeMs time) {
    const ConsentStatus status = status_in_force(state, time);
    const bool may_expire = status == ConsentStatus::requested ||
                            status == ConsentStatus::partial || status == ConsentStatus::active ||
                            status == ConsentStatus::suspended;
    if (may_expire && record.valid_until && time >= *record.valid_until) {
        return ConsentStatus::expired;
    }
    return status;
}

std::optional<ConsentStatus> next_status(ConsentStatus status, EventKind kind) {
    const bool is_open = status == ConsentStatus::requested || status == ConsentStatus::partial;
    const bool is_active = status == ConsentStatus::active;
    const bool is_granted = is_active || status == ConsentStatus::suspended;
    switch (kind) {
        case EventKind::consent_authorise:
            if (is_open || is_active) return ConsentStatus::active;
            return std::nullopt;
        case EventKind::consent_reject:
            if (is_open) return ConsentStatus::rejected;
            if (is_active) return ConsentStatus::active;
            return std::nullopt;
        case EventKind::consent_amend:
            if (is_active) return ConsentStatus::active;
            return std::nullopt;
        case EventKind::consent_suspend:
            if (is_active) return ConsentStatus::suspended;
            return std::nullopt;
        case EventKind::consent_resume:
            if (status == ConsentStatus::suspended) return ConsentStatus::active;
            return std::nullopt;
        case EventKind::consent_withdraw:
            if (is_granted) return ConsentStatus::withdrawn;
            return std::nullopt;
        case EventKind::consent_revoke:
            if (is_granted) return ConsentStatus::revoked;
            return std::nullopt;
        default: return std::nullopt;  // consent.request: the consent exists already.
    }
}

bool may_submit(std::string_view institution, EventKind kind, const ConsentRecord& record) {
    if (institution == record.issuer) return true;
    if (kind != EventKind::consent_suspend && kind != EventKind::consent_revoke) return false;
    return institution == record.provider || institution == record.manager ||
           std::find(record.recipients.begin(), record.recipients.end(), institution) !=
               record.recipients.end();
}

Consent make_consent(std::shared_ptr<const Terms> terms, std::uint64_t number, TimeMs time) {
    Consent consent;
    consent.state.number = number;
    consent.state.status_since_ms = time;
    consent.terms = std::move(terms);
    return consent;
}

std::optional<Refusal> apply_event(Consent& consent,
                                   const LifecycleEvent& event,
                                   EventKind kind,
                                   TimeMs time,
                                   std::shared_ptr<const Terms> amended) {
    ConsentState& state = consent.state;
    const ConsentStatus status = status_at(state, consent.terms->record, time);
    const auto next = next_status(status, kind);
    const bool needs_pending =
        status == ConsentStatus::active &&
        (kind == EventKind::consent_authorise || kind == EventKind::consent_reject);
    if (!next || (needs_pending && !is_about_pending(consent))) {
        return refuse("consent-state",
                      "the consent is " + std::string(status_name(status)) + "; " +
                          std::string(type_name(kind)) + " is not possible",
                      "", "See the states and their events in docs/events.md.");
    }
    if (kind == EventKind::consent_amend) return amend(consent, event, std::move(amended));
    if (auto refusal = check_version(consent, event, kind)) return refusal;
    if (kind == EventKind::consent_authorise) return authorise(consent, event, time);
    if (kind == EventKind::consent_reject && is_about_pending(consent)) {
        state.pending_version = 0;
        state.pending_authorised = 0;
        consent.pending = nullptr;
        return std::nullopt;
    }
    if (state.status != *next) state.status_since_ms = time;
    state.status = *next;
    return std::nullopt;
}

}  // namespace consentree::ledger
