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
        if (!consent.pending->is_renewal) {
            state.added_resources.clear();
            state.removed_resources.clear();
        }
        consent.terms = std::move(consent.pending);
        return std::nullopt;
    }
    const ConsentStatus status = is_enough ? ConsentStatus::active : ConsentStatus::partial;
    if (state.status != status) state.status_since_ms = time;
    state.status = status;
    return std::nullopt;
}

// A renewal says until when, and nothing else that the rules read. How often data is fetched is
// compared as it was written: the scheme may read it otherwise since.
bool is_same_scope(const Terms& terms, const Terms& renewal) {
    ConsentRecord old = terms.record, renewed = renewal.record;
    old.fetch = terms.written;
    renewed.fetch = renewal.written;
    old.version = renewed.version;
    old.valid_from = renewed.valid_from;
    old.valid_until = renewed.valid_until;
    old.data_from = renewed.data_from;
    old.data_until = renewed.data_until;
    for (Grantor& grantor : old.grantors) {
        const auto same =
            std::find_if(renewed.grantors.begin(), renewed.grantors.end(),
                         [&](const Grantor& one) { return one.party == grantor.party; });
        if (same != renewed.grantors.end()) grantor.authority_until = same->authority_until;
    }
    return old == renewed;
}

std::optional<Refusal> amend(Consent& consent,
                             const LifecycleEvent& event,
                             EventKind kind,
                             std::shared_ptr<const Terms> amended) {
    CT_ASSERT(amended != nullptr);
    ConsentState& state = consent.state;
    if (kind == EventKind::consent_renew && !is_same_scope(*consent.terms, *amended)) {
        return refuse("scope-changed", "a renewal keeps the scope of its consent", "/consent",
                      "Change only the times and how it was expressed, or amend the consent.");
    }
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

// Takes labels from one list of what changed, and puts them into the other.
std::optional<Refusal> move_resources(std::vector<std::string>& from,
                                      std::vector<std::string>& to,
                                      const std::vector<std::string>& labels) {
    for (const std::string& label : labels) {
        std::erase(from, label);
        if (std::find(to.begin(), to.end(), label) == to.end()) to.push_back(label);
    }
    if (to.size() <= resources_max) return std::nullopt;
    return refuse("limit-reached",
                  "more than " + std::to_string(resources_max) +
                      " resources would differ from the consent's record",
                  "/resources", "Amend the consent, with the resources as they are now.");
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
        case EventKind::consent_resource_add:
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
    const bool is_final =
        state.status == ConsentStatus::rejected || state.status == ConsentStatus::withdrawn ||
        state.status == ConsentStatus::revoked || state.status == ConsentStatus::invalidated;
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
        case EventKind::consent_renew:
            if (is_active) return ConsentStatus::active;
            return std::nullopt;
        case EventKind::consent_resource_add:
        case EventKind::consent_resource_remove:
            if (is_granted) return status;
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
        case EventKind::consent_invalidate:
            if (is_granted) return ConsentStatus::invalidated;
            return std::nullopt;
        default: return std::nullopt;  // consent.request: the consent exists already.
    }
}

bool may_submit(std::string_view institution,
                bool is_authority,
                EventKind kind,
                const ConsentRecord& record) {
    if (institution == record.issuer) return true;
    switch (kind) {
        case EventKind::consent_invalidate: return is_authority;
        case EventKind::consent_resource_remove: return institution == record.provider;
        case EventKind::consent_suspend:
        case EventKind::consent_revoke:
            return is_authority || institution == record.provider ||
                   institution == record.manager ||
                   std::find(record.recipients.begin(), record.recipients.end(), institution) !=
                       record.recipients.end();
        default: return false;
    }
}

bool is_resource_in_scope(const Consent& consent, const Resources& asked) {
    const Resources& scope = consent.terms->record.resources;
    const auto& added = consent.state.added_resources;
    const auto& removed = consent.state.removed_resources;
    if (asked.all) return scope.all && removed.empty();
    const auto has = [](const std::vector<std::string>& list, const std::string& label) {
        return std::find(list.begin(), list.end(), label) != list.end();
    };
    return std::all_of(asked.labels.begin(), asked.labels.end(), [&](const std::string& label) {
        return has(added, label) ||
               (!has(removed, label) && (scope.all || has(scope.labels, label)));
    });
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
    if (brings_record(kind)) return amend(consent, event, kind, std::move(amended));
    if (auto refusal = check_version(consent, event, kind)) return refusal;
    if (kind == EventKind::consent_resource_add) {
        return move_resources(state.removed_resources, state.added_resources, event.resources);
    }
    if (kind == EventKind::consent_resource_remove) {
        return move_resources(state.added_resources, state.removed_resources, event.resources);
    }
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
