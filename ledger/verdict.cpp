#include "ledger/verdict.h"

#include "common/time.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

bool contains_all(const std::vector<std::string>& list, const std::vector<std::string>& items) {
    return std::all_of(items.begin(), items.end(),
                       [&](const std::string& item) { return contains(list, item); });
}

// Notes the outcome of each check; all are evaluated.
class Checks {
public:
    void require(Check check, bool holds) {
        if (holds) return;
        result_.flags |= flag_of(check);
        if (result_.primary == Check::none) result_.primary = check;
    }
    void note_status(ConsentStatus status) {
        result_.flags |= static_cast<std::uint32_t>(status) << flag_status_shift;
    }
    Judgement finish(Verdict if_all_hold) {
        result_.verdict = result_.flags == 0 ? if_all_hold : Verdict::deny;
        return result_;
    }

private:
    Judgement result_;
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

bool is_resource_in_scope(const Resources& scope, const Resources& asked) {
    if (scope.all) return true;
    return !asked.all && contains_all(scope.labels, asked.labels);
}

// A request without a bound asks for data without that bound.
bool is_range_inside(const ConsentRecord& consent, const AccessEvent& request) {
    const bool starts_inside =
        !consent.data_from || (request.data_from && *request.data_from >= *consent.data_from);
    const bool ends_inside =
        !consent.data_until || (request.data_until && *request.data_until <= *consent.data_until);
    return starts_inside && ends_inside;
}

// Checks 9 to 13.
void check_scope(Checks& checks, const AccessFacts& facts) {
    const ConsentRecord& consent = *facts.consent;
    const AccessEvent& request = *facts.access;
    checks.require(Check::purpose, contains(consent.purposes, request.purpose));
    checks.require(Check::category, contains_all(consent.categories, request.categories));
    checks.require(Check::action, contains(consent.actions, request.action));
    checks.require(Check::resource, is_resource_in_scope(consent.resources, request.resources));
    checks.require(Check::data_range, is_range_inside(consent, request));
}

// Checks 14 and 15. Paging in a session that was counted is no new use. A session that the
// customer is present for is not limited by the rate.
void check_uses(Checks& checks, const AccessFacts& facts) {
    const ConsentRecord& consent = *facts.consent;
    if (facts.is_same_session) return;
    checks.require(Check::one_time, !consent.fetch.once || facts.uses == 0);
    const bool has_rate = !consent.fetch.once && consent.fetch.count != 0;
    const bool in_rate =
        !has_rate || facts.access->attended || facts.window_uses < consent.fetch.count;
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

}  // namespace

Judgement judge_request(const AccessFacts& facts) {
    Checks checks;
    const bool on_consent = facts.access->legal_basis == "consent";
    const bool cites_consent = !facts.access->consent_id.empty();
    if (on_consent || cites_consent) {
        check_identity(checks, facts);
    } else {
        checks.require(Check::signature, facts.signature_valid);
    }
    if (!on_consent) return checks.finish(Verdict::permit_other_basis);
    if (facts.consent != nullptr) {
        check_force(checks, facts);
        check_scope(checks, facts);
        check_uses(checks, facts);
    }
    return checks.finish(Verdict::permit);
}

Judgement judge_delivery(const AccessFacts& facts) {
    Checks checks;
    check_identity(checks, facts);
    if (facts.consent != nullptr && !facts.session_other_basis) check_force(checks, facts);
    checks.require(Check::session, facts.session_permitted || facts.session_other_basis);
    return checks.finish(facts.session_other_basis ? Verdict::permit_other_basis : Verdict::permit);
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

}  // namespace consentree::ledger
