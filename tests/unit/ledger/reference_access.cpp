// Accesses by the reference: who may record them, the checks one by one, sessions and uses.
#include "tests/unit/ledger/reference.h"

#include <algorithm>

namespace reference {
namespace {

constexpr Time day = 86'400'000;

bool has(const List& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}
std::string kind_of(const Event& event) {
    return event.type.substr(7);
}
bool is_restricting(const Event& event) {
    return event.right == "restrict" || event.right == "object";
}
bool is_handed_over(const Event& event) {
    return has(event.statuses, "ready") || has(event.statuses, "delivered");
}
bool is_hopeless(const Event& event) {
    return !is_handed_over(event) && !has(event.statuses, "pending");
}

// The end of retention; nothing: none.
std::optional<Time> kept_until(const Record& record, Time delivered) {
    const std::string& unit = record.retention_unit;
    if (unit == "inf" || record.retention_basis == "until_event") return std::nullopt;
    if (record.retention_basis == "until_time") return record.retention_until;
    const int value = record.retention_value;
    if (unit == "hour") return delivered + value * (day / 24);
    if (unit == "day") return delivered + value * day;
    return months_on(delivered, unit == "month" ? value : 12 * value);
}

}  // namespace

std::string describe(const Outcome& outcome) {
    std::string text = outcome.refused + outcome.verdict;
    for (const List& list : {outcome.reasons, outcome.flags}) {
        for (const std::string& item : list) text += " " + item;
    }
    return text;
}

std::string World::session_name(const Event& event) const {
    return (event.consent.empty() ? "of " + event.org : "under " + event.consent) + ": " +
           event.session;
}

std::string World::access_fault(const std::string& institution,
                                bool is_authority,
                                const Event& event) const {
    const std::string kind = kind_of(event);
    const bool is_providers =
        kind == "decision" || kind == "delivery" || kind == "denial" || kind == "override";
    if (!is_providers && event.org == institution) return "";
    const bool is_of_subject = kind == "rights_request" || kind == "erasure_request";
    if (is_of_subject && is_authority) return "";
    const auto found = consents_.find(event.consent);
    if (is_providers && found == consents_.end()) return "consent-unknown";
    if (is_providers || kind == "request") {
        if (found != consents_.end()) {
            const Record& record = found->second.record();
            if (institution == record.provider || institution == record.manager) return "";
        }
    }
    return "not-authorised";
}

bool World::is_paging(const Event& event, const Consent& consent, Time now) const {
    const auto session = sessions_.find(session_name(event));
    if (session == sessions_.end() || session->second.use < 0) return false;
    const Use& use = consent.uses[static_cast<std::size_t>(session->second.use)];
    return !use.returned && now - use.time < day;
}

bool World::exceeds_rate(const Consent& consent, Time now) const {
    const Record& record = consent.record();
    if (record.fetch.once || record.fetch.count == 0) return false;
    int uses = 0;
    for (const Use& use : consent.uses) {
        if (use.returned || use.attended) continue;
        if (is_in_window(record.fetch, record.valid_from, use.time, now)) ++uses;
    }
    return uses >= record.fetch.count;
}

// One access before its judge.
struct World::Case {
    const Event& event;
    const Consent* known;    // What the ledger has.
    const Consent* consent;  // The same, unless a version is cited that nobody proposed.
    const Session* session;
    Time now;
    std::string kind;
    bool by_consent;
    List fails = {};

    const Record& record() const { return consent->record(); }
    bool is_use() const { return kind == "use" || kind == "disclosure"; }
    void require(bool holds, const std::string& code) {
        if (!holds) fails.push_back(code);
    }
};

void World::check_identity(Case& one) const {
    one.require(one.consent != nullptr, "CONSENT_UNKNOWN");
    if (one.consent == nullptr) return;
    one.require(one.event.subject == one.record().subject, "SUBJECT_MISMATCH");
    one.require(has(one.record().recipients, one.event.org), "RECIPIENT_MISMATCH");
}

void World::check_force(Case& one) const {
    const Consent& consent = *one.consent;
    const Record& record = one.record();
    const int cited = one.event.version;
    std::string state = status_in_force(consent, one.now);
    if (cited != 0 && cited < consent.in_force) state = "superseded";
    if (cited > consent.in_force) state = cited == consent.pending ? "requested" : "rejected";
    const bool is_good = state == "active" || (one.is_use() && state == "superseded");
    for (char& c : state) c = static_cast<char>(c - 'a' + 'A');
    one.require(is_good, "STATE_" + state);
    if (one.is_use()) return;
    one.require(one.now >= record.valid_from, "NOT_YET_VALID");
    one.require(!record.valid_until || one.now < *record.valid_until, "EXPIRED");
    bool has_authority = true;
    for (const auto& [party, until] : record.authority_until) {
        has_authority = has_authority && one.now < until;
    }
    one.require(has_authority, "AUTHORITY_LAPSED");
}

void World::check_purpose(Case& one) const {
    const std::string action = one.kind == "disclosure" ? "disclose" : one.event.action;
    const Scheme* const scheme = scheme_at_grant(*one.consent);
    one.require(covers_purpose(scheme, one.record(), one.event.purpose), "PURPOSE_MISMATCH");
    bool is_covered = true;
    for (const std::string& category : one.event.categories) {
        is_covered = is_covered && covers_category(scheme, one.record(), category);
    }
    one.require(is_covered, "CATEGORY_EXCEEDED");
    one.require(has(one.record().actions, action), "ACTION_NOT_ALLOWED");
}

void World::check_scope(Case& one) const {
    const Consent& consent = *one.consent;
    const Record& record = one.record();
    const Event& event = one.event;
    bool is_in_scope = !event.all_resources || (record.all_resources && consent.removed.empty());
    for (const std::string& label : event.resources) {
        const bool is_original = record.all_resources || has(record.resources, label);
        is_in_scope = is_in_scope && (consent.added.contains(label) ||
                                      (is_original && !consent.removed.contains(label)));
    }
    one.require(is_in_scope, "RESOURCE_NOT_IN_SCOPE");
    const bool starts =
        !record.data_from || (event.data_from && *event.data_from >= *record.data_from);
    const bool ends =
        !record.data_until || (event.data_until && *event.data_until <= *record.data_until);
    one.require(starts && ends, "DATA_RANGE_EXCEEDED");
    if (is_paging(event, consent, one.now)) return;
    int used = 0;
    for (const Use& use : consent.uses) used += use.returned ? 0 : 1;
    one.require(!record.fetch.once || used == 0, "ONE_TIME_USED");
    const bool is_capped = record.max_uses != 0 && used >= record.max_uses;
    const bool is_too_often = !event.attended && exceeds_rate(consent, one.now);
    one.require(!is_capped && !is_too_often, "FREQUENCY_EXCEEDED");
}

void World::check_limits(Case& one) const {
    const Event& event = one.event;
    const bool is_delivery = one.kind == "delivery";
    if (one.consent != nullptr && !is_delivery) {
        const List& places = one.record().places;
        one.require(places.empty() || has(places, event.place), "PLACE_NOT_ALLOWED");
    }
    if (one.consent != nullptr && one.by_consent && one.kind == "disclosure") {
        const Record& record = one.record();
        const std::string& to = event.onward_party;
        one.require(has(record.onward, event.org) || has(record.recipients, to) ||
                        to == record.manager || to == record.provider,
                    "ONWARD_NOT_ALLOWED");
    }
    const Record* record = one.known != nullptr ? &one.known->record() : nullptr;
    bool is_restricted = false;
    for (const auto& ask : restrictions_) {
        const bool is_his = ask[0] == (record != nullptr ? record->subject : event.subject);
        const bool binds = ask[1] == event.org || (record != nullptr && ask[1] == record->provider);
        is_restricted = is_restricted || (is_his && binds);
    }
    one.require(!is_restricted, "RESTRICTED");
}

void World::check_kept(Case& one) const {
    const bool was_delivered = one.session != nullptr && one.session->delivered;
    if (was_delivered) {
        const auto end = kept_until(one.record(), *one.session->delivered);
        one.require(!one.session->deleted && (!end || one.now < *end), "RETENTION_ENDED");
    }
    one.require(was_delivered, "NO_PERMITTED_REQUEST");
}

// As the consent was recorded, and as the scheme stands now.
void World::check_scheme(Case& one) const {
    const std::string& id = one.record().scheme;
    if (id.empty()) return;
    const bool asks_too_much =
        exceeds_caps(*laws_->find(id), one.record(), one.event) && !trimmed(one.event, one.consent);
    one.require(!one.consent->version().exceeds && !asks_too_much, "SCHEME_LIMIT");
}

// What a delivery does not say of its range cannot be outside of what was granted.
void World::check_delivered_range(Case& one) const {
    const auto &from = one.event.data_from, &until = one.event.data_until;
    const auto &granted_from = one.session->data_from, &granted_until = one.session->data_until;
    const bool is_early = from && granted_from && *from < *granted_from;
    const bool is_late = until && granted_until && *until > *granted_until;
    one.require(!is_early && !is_late, "DATA_RANGE_EXCEEDED");
}

void World::check_agreement(Case& one) const {
    List cited{one.event.agreement};
    if (one.known != nullptr) cited.push_back(one.known->record().agreement);
    bool is_agreed_to = true;
    for (const std::string& id : cited) {
        is_agreed_to = is_agreed_to && (id.empty() || is_agreed(id, one.event.purpose, one.now));
    }
    one.require(is_agreed_to, "AGREEMENT_NOT_IN_FORCE");
}

List World::failing(const Event& event,
                    const Consent* known,
                    const Session* session,
                    Time now) const {
    const std::string kind = kind_of(event);
    const bool is_delivery = kind == "delivery";
    const std::string asked = session != nullptr ? session->asked : "";
    const bool by_consent = is_delivery ? asked != "PERMIT_OTHER_BASIS" : event.basis == "consent";
    const bool is_known = known != nullptr && event.version <= known->newest;
    Case one{event, known, is_known ? known : nullptr, session, now, kind, by_consent};
    if (is_delivery || by_consent || !event.consent.empty()) check_identity(one);
    if (is_known && by_consent) {
        check_force(one);
        if (!is_delivery) check_purpose(one);
        if (kind == "request") check_scope(one);
    }
    if (is_delivery && session != nullptr) check_delivered_range(one);
    check_limits(one);
    if (is_known && by_consent && kind == "request") check_scheme(one);
    if (is_known && by_consent && one.is_use()) check_kept(one);
    if (is_delivery) {
        one.require(!asked.empty() && asked != "DENY", "NO_PERMITTED_REQUEST");
    } else {
        check_agreement(one);
    }
    return one.fails;
}

// The network's skew is a quarter of an hour; a scheme may have one of its own.
Time World::skew_of(const Consent* consent) const {
    const std::string scheme = consent != nullptr ? consent->record().scheme : "";
    const Scheme* const law = scheme.empty() ? nullptr : laws_->find(scheme);
    return (law != nullptr ? law->skew_minutes.value_or(15) : 15) * 60'000;
}

// Until when data is granted, if for less than was asked.
std::optional<Time> World::trimmed(const Event& event, const Consent* consent) const {
    if (kind_of(event) != "request" || event.basis != "consent" || consent == nullptr) return {};
    const Scheme* const law = laws_->find(consent->record().scheme);
    if (law == nullptr || !exceeds_caps(*law, consent->record(), event)) return {};
    return trimmed_until(*law, consent->record(), event);
}

Outcome World::record(const Event& event, Time now) {
    const auto found = consents_.find(event.consent);
    Consent* const consent = found != consents_.end() ? &found->second : nullptr;
    const auto known = sessions_.find(session_name(event));
    const Session* const session = known != sessions_.end() ? &known->second : nullptr;
    const std::string kind = kind_of(event);
    Outcome outcome;
    if (kind == "request" || kind == "delivery" || kind == "use" || kind == "disclosure") {
        outcome.reasons = failing(event, consent, session, now);
        const bool is_reviewed = consent != nullptr && event.version <= consent->newest &&
                                 consent->record().needs_review;
        if (!outcome.reasons.empty()) {
            const bool is_overridden = session != nullptr && now < session->override_until;
            outcome.verdict = is_overridden ? "OVERRIDE" : "DENY";
        } else if (kind == "delivery") {
            outcome.verdict = session->asked;
        } else if (event.basis != "consent") {
            outcome.verdict = "PERMIT_OTHER_BASIS";
        } else {
            outcome.verdict = is_reviewed ? "NEEDS_REVIEW" : "PERMIT";
        }
    }
    if (now - event.happened > skew_of(consent)) outcome.flags.emplace_back("LATE");
    if (event.happened > now) outcome.flags.emplace_back("FUTURE");
    if (consent != nullptr && event.happened < consent->since &&
        (consent->status == "withdrawn" || consent->status == "revoked" ||
         consent->status == "invalidated" || consent->status == "suspended")) {
        outcome.flags.emplace_back("IN_FLIGHT");
    }
    if (kind == "decision") {
        const bool was_let_in = session != nullptr && (session->asked == "PERMIT" ||
                                                       session->asked == "PERMIT_OTHER_BASIS");
        if (was_let_in != event.claims_permit) outcome.flags.emplace_back("CLAIM_DIFFERS");
    }
    const auto granted = outcome.reasons.empty() ? trimmed(event, consent) : std::nullopt;
    if (granted) outcome.flags.emplace_back("TRIMMED");
    if (kind == "request") {
        Event let_in = event;
        if (granted) let_in.data_until = granted;
        note_request(let_in, consent, outcome.verdict, now);
    }
    if (kind == "delivery" || kind == "denial") note_delivery(event, consent, now);
    if (kind == "deletion" && session != nullptr) known->second.deleted = true;
    if (kind == "override") sessions_[session_name(event)].override_until = event.until;
    if (kind == "rights_request" && is_restricting(event)) {
        restrictions_.insert({event.subject, event.org, event.event_id});
    }
    if (kind == "rights_result" && (event.result == "refused" || event.result == "lifted")) {
        restrictions_.erase({event.subject, event.org, event.request});
    }
    return outcome;
}

void World::note_request(const Event& event,
                         Consent* consent,
                         const std::string& verdict,
                         Time now) {
    const std::string name = session_name(event);
    if (verdict == "DENY" && !sessions_.contains(name)) return;
    const bool is_new_use =
        verdict == "PERMIT" && consent != nullptr && !is_paging(event, *consent, now);
    Session& session = sessions_[name];
    session.asked = verdict;
    session.data_from = event.data_from;
    session.data_until = event.data_until;
    if (!is_new_use) return;
    session.use = static_cast<int>(consent->uses.size());
    consent->uses.push_back({now, event.attended, false, false});
}

void World::note_delivery(const Event& event, Consent* consent, Time now) {
    const auto found = sessions_.find(session_name(event));
    if (found == sessions_.end()) return;
    Session& session = found->second;
    Use* const use = session.use >= 0 && consent != nullptr
                         ? &consent->uses[static_cast<std::size_t>(session.use)]
                         : nullptr;
    if (is_handed_over(event)) {
        session.delivered = now;
        session.deleted = false;
        if (use != nullptr) use->delivered = true, use->returned = false;
    } else if (use != nullptr && !use->delivered && is_hopeless(event)) {
        use->returned = true;
    }
}

}  // namespace reference
