#include "ledger/verdict.h"

#include "common/time.h"
#include "ledger/scheme.h"

#include <algorithm>
#include <bit>

namespace consentree::ledger {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

// Notes the outcome of each check; all are evaluated.
class Checks {
public:
    void require(Check check, bool holds) {
        if (!holds) failed_ |= flag_of(check);
    }
    void note_status(ConsentStatus status) {
        status_ = static_cast<std::uint32_t>(status) << flag_status_shift;
    }
    // The first by number is the primary reason, in whatever order they were evaluated.
    Judgement finish(const AccessFacts& facts, Verdict if_all_hold) const {
        if (failed_ == 0) return {if_all_hold, Check::none, 0};
        return {facts.is_overridden ? Verdict::override_used : Verdict::deny,
                static_cast<Check>(std::countr_zero(failed_)), failed_ | status_};
    }

private:
    std::uint32_t failed_ = 0;
    std::uint32_t status_ = 0;
};

// Checks 1 to 4.
void check_identity(Checks& checks, const AccessFacts& facts) {
    checks.require(Check::consent_known, facts.consent != nullptr);
    checks.require(Check::signature, facts.signature_valid);
    if (facts.consent == nullptr) return;
    checks.require(Check::subject, facts.access->subject == facts.consent->subject);
    checks.require(Check::recipient, contains(facts.consent->recipients, facts.access->actor_org));
}

// Checks 5 to 8.
void check_force(Checks& checks, const AccessFacts& facts) {
    const ConsentRecord& consent = *facts.consent;
    const TimeMs t = facts.time;
    if (facts.status != ConsentStatus::active) checks.note_status(facts.status);
    checks.require(Check::state, facts.status == ConsentStatus::active);
    checks.require(Check::valid_from, t >= consent.valid_from);
    checks.require(Check::valid_until, !consent.valid_until || t < *consent.valid_until);
    checks.require(
        Check::authority,
        std::all_of(consent.grantors.begin(), consent.grantors.end(), [t](const Grantor& grantor) {
            return !grantor.authority_until || t < *grantor.authority_until;
        }));
}

// A request without a bound asks for data without that bound.
bool is_range_inside(const ConsentRecord& consent, const AccessEvent& request) {
    const bool starts_inside =
        !consent.data_from || (request.data_from && *request.data_from >= *consent.data_from);
    const bool ends_inside =
        !consent.data_until || (request.data_until && *request.data_until <= *consent.data_until);
    return starts_inside && ends_inside;
}

// What of an over-long range the request is let in for; nothing: all of it. Only of a request that
// keeps every check as it was asked.
void trim_range(Judgement& judgement, const AccessFacts& facts) {
    if (judgement.flags != 0 || facts.scheme_now == nullptr) return;
    if (!facts.scheme_now->request_limits.trims_range) return;
    const auto until = latest_data_until(*facts.scheme_now, *facts.consent, *facts.access);
    if (until == facts.access->data_until) return;
    judgement.granted_until = until;
    judgement.flags = flag_trimmed;
}

// Check 13 of a delivery, as far as it says of what range the data are.
bool is_range_granted(const AccessFacts& facts) {
    const AccessEvent& delivery = *facts.access;
    const bool starts_inside =
        !facts.granted_from || !delivery.data_from || *delivery.data_from >= *facts.granted_from;
    const bool ends_inside = !facts.granted_until || !delivery.data_until ||
                             *delivery.data_until <= *facts.granted_until;
    return starts_inside && ends_inside;
}

// Checks 9 to 11.
void check_purpose(Checks& checks, const AccessFacts& facts) {
    const ConsentRecord& consent = *facts.consent;
    const AccessEvent& access = *facts.access;
    const Scheme* const scheme = facts.scheme_at_grant.get();
    checks.require(Check::purpose, scheme != nullptr
                                       ? purpose_covered(*scheme, consent.purposes, access.purpose)
                                       : contains(consent.purposes, access.purpose));
    checks.require(
        Check::category,
        std::all_of(
            access.categories.begin(), access.categories.end(), [&](const std::string& category) {
                return scheme != nullptr ? category_covered(*scheme, consent.categories, category)
                                         : contains(consent.categories, category);
            }));
    checks.require(Check::action, contains(consent.actions, access.action));
}

// Checks 12 and 13.
void check_scope(Checks& checks, const AccessFacts& facts) {
    checks.require(Check::resource, facts.is_in_scope);
    checks.require(Check::data_range, is_range_inside(*facts.consent, *facts.access));
}

// Checks 14 and 15. Paging in a session that was counted is no new use. A session that the
// customer is present for is not limited by the rate.
void check_uses(Checks& checks, const AccessFacts& facts) {
    const ConsentRecord& consent = *facts.consent;
    if (facts.is_same_session) return;
    checks.require(Check::one_time, !consent.fetch.once || facts.uses == 0);
    const bool in_rate = consent.fetch.once || facts.access->attended || !facts.is_window_full;
    const bool in_total = !consent.max_uses || facts.uses < *consent.max_uses;
    checks.require(Check::frequency, in_rate && in_total);
}

std::int64_t months_of(TimeUnit unit) {
    return unit == TimeUnit::month ? 1 : 12;
}
constexpr TimeMs hour_ms = 3'600'000;
TimeMs length_of(TimeUnit unit) {
    return unit == TimeUnit::hour ? hour_ms : 24 * hour_ms;
}

TimeMs calendar_start(TimeUnit unit, TimeMs time) {
    CivilTime civil = to_civil(time);
    civil.millisecond = civil.second = civil.minute = 0;
    if (unit != TimeUnit::hour) civil.hour = 0;
    if (unit == TimeUnit::month || unit == TimeUnit::year) civil.day = 1;
    if (unit == TimeUnit::year) civil.month = 1;
    return from_civil(civil);
}

TimeMs anchored_start(TimeUnit unit, TimeMs anchor, TimeMs time) {
    if (time < anchor) return anchor;
    if (unit == TimeUnit::hour || unit == TimeUnit::day) {
        return anchor + (time - anchor) / length_of(unit) * length_of(unit);
    }
    // Every period is counted from the anchor, so that a clamped day does not stay clamped.
    const CivilTime from = to_civil(anchor), now = to_civil(time);
    const std::int64_t step = months_of(unit);
    const std::int64_t months = (now.year - from.year) * 12 + static_cast<std::int64_t>(now.month) -
                                static_cast<std::int64_t>(from.month);
    std::int64_t periods = months / step;
    while (add_months(anchor, periods * step) > time) --periods;
    return add_months(anchor, periods * step);
}

// Check 20: the caps on the consent, as it was granted, and on this request.
bool keeps_scheme(const AccessFacts& facts) {
    return !facts.exceeds_limits &&
           (facts.scheme_now == nullptr ||
            keeps_limits(*facts.scheme_now, *facts.consent, *facts.access));
}

// Checks 16, 18 and 22, on whatever basis; and whether check 20 holds.
void check_limits(Checks& checks, const AccessFacts& facts, bool is_within_scheme = true) {
    if (facts.consent != nullptr) {
        const auto& places = facts.consent->geo_limit;
        checks.require(Check::place, places.empty() || contains(places, facts.access->place));
    }
    checks.require(Check::restricted, !facts.is_restricted);
    checks.require(Check::scheme_limit, is_within_scheme);
    checks.require(Check::agreement, facts.agreement_holds);
}

// Check 17. Who may pass data on may do so to anyone; all may to parties of the consent.
void check_onward(Checks& checks, const AccessFacts& facts) {
    const ConsentRecord& consent = *facts.consent;
    const std::string& to = facts.access->after->onward_party;
    checks.require(Check::onward, contains(consent.onward, facts.access->actor_org) ||
                                      contains(consent.recipients, to) || to == consent.manager ||
                                      to == consent.provider);
}

// Checks 19 and 21 of a use: of something that was delivered, and may still be kept.
void check_kept(Checks& checks, const AccessFacts& facts) {
    checks.require(Check::session, facts.delivered.has_value());
    if (!facts.delivered) return;
    const auto end = retention_end(facts.consent->retention, *facts.delivered);
    checks.require(Check::retention, !facts.is_deleted && (!end || facts.time < *end));
}

// Check 5 of a use: retention outlasts a consent that has run out, not one that was taken back.
void check_not_taken_back(Checks& checks, const AccessFacts& facts) {
    const bool is_kept =
        facts.status == ConsentStatus::active || facts.status == ConsentStatus::superseded;
    if (!is_kept) checks.note_status(facts.status);
    checks.require(Check::state, is_kept);
}

// Checks 1 to 4, as far as the access cites a consent.
void check_citation(Checks& checks, const AccessFacts& facts) {
    if (facts.access->legal_basis == "consent" || !facts.access->consent_id.empty()) {
        check_identity(checks, facts);
    } else {
        checks.require(Check::signature, facts.signature_valid);
    }
}

Verdict verdict_if_held(const AccessFacts& facts) {
    if (facts.access->legal_basis != "consent") return Verdict::permit_other_basis;
    const bool needs_review = facts.consent != nullptr && facts.consent->needs_review;
    return needs_review ? Verdict::needs_review : Verdict::permit;
}

}  // namespace

Judgement judge_request(const AccessFacts& facts) {
    Checks checks;
    check_citation(checks, facts);
    const bool is_by_consent = facts.access->legal_basis == "consent" && facts.consent != nullptr;
    if (is_by_consent) {
        check_force(checks, facts);
        check_purpose(checks, facts);
        check_scope(checks, facts);
        check_uses(checks, facts);
    }
    check_limits(checks, facts, !is_by_consent || keeps_scheme(facts));
    Judgement judgement = checks.finish(facts, verdict_if_held(facts));
    if (is_by_consent) trim_range(judgement, facts);
    return judgement;
}

Judgement judge_delivery(const AccessFacts& facts) {
    Checks checks;
    check_identity(checks, facts);
    const bool is_other_basis = facts.asked == Verdict::permit_other_basis;
    if (facts.consent != nullptr && !is_other_basis) check_force(checks, facts);
    checks.require(Check::data_range, is_range_granted(facts));
    checks.require(Check::restricted, !facts.is_restricted);
    const bool was_let_in = facts.asked != Verdict::none && facts.asked != Verdict::deny;
    checks.require(Check::session, was_let_in);
    return checks.finish(facts, facts.asked);
}

Judgement judge_use(const AccessFacts& facts) {
    Checks checks;
    check_citation(checks, facts);
    if (facts.access->legal_basis == "consent" && facts.consent != nullptr) {
        check_not_taken_back(checks, facts);
        check_purpose(checks, facts);
        if (!facts.access->after->onward_party.empty()) check_onward(checks, facts);
        check_kept(checks, facts);
    }
    check_limits(checks, facts);
    return checks.finish(facts, verdict_if_held(facts));
}

std::optional<TimeMs> retention_end(const Retention& retention, TimeMs delivered) {
    if (retention.is_infinite || retention.basis == Retention::Basis::until_event) {
        return std::nullopt;
    }
    if (retention.basis == Retention::Basis::until_time) return retention.until;
    const bool is_short = retention.unit == TimeUnit::hour || retention.unit == TimeUnit::day;
    return is_short ? delivered + retention.value * length_of(retention.unit)
                    : add_months(delivered, retention.value * months_of(retention.unit));
}

TimeMs window_start(const Fetch& fetch, TimeMs valid_from, TimeMs time) {
    switch (fetch.window) {
        case Window::calendar: return calendar_start(fetch.unit, time);
        case Window::anchored: return anchored_start(fetch.unit, valid_from, time);
        case Window::sliding: break;
    }
    // (t - length, t]: the millisecond t - length itself is outside.
    const bool is_short = fetch.unit == TimeUnit::hour || fetch.unit == TimeUnit::day;
    const TimeMs end =
        is_short ? time - length_of(fetch.unit) : add_months(time, -months_of(fetch.unit));
    return end + 1;
}

TimeMs window_end(const Fetch& fetch, TimeMs valid_from, TimeMs use) {
    const bool is_sliding = fetch.window == Window::sliding;
    const TimeMs start = is_sliding ? use : window_start(fetch, valid_from, use);
    if (fetch.unit == TimeUnit::hour || fetch.unit == TimeUnit::day) {
        return start + length_of(fetch.unit);
    }
    const std::int64_t step = months_of(fetch.unit);
    if (fetch.window == Window::anchored) {
        const CivilTime from = to_civil(valid_from), at = to_civil(start);
        return add_months(valid_from, (at.year - from.year) * 12 +
                                          static_cast<std::int64_t>(at.month) -
                                          static_cast<std::int64_t>(from.month) + step);
    }
    // A use on the 31st leaves a sliding month when one begins that has no 31st before it.
    const TimeMs end = add_months(start, step);
    if (add_months(end, -step) >= start) return end;
    return calendar_start(TimeUnit::month, add_months(end, 1));
}

}  // namespace consentree::ledger
