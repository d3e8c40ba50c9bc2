#include "tests/unit/ledger/histories.h"

#include "common/hash.h"

#include <tuple>

namespace reference {
namespace {

constexpr Time minute = 60'000, hour = 60 * minute, day = 24 * hour;

const List institutions = {"unilab", "unilab", "unilab", "unilab", "medcare", "citygov"};
const List purposes = {"research", "teaching", "care", "trial"};
const List categories = {"lab", "demo", "genome"};
const List actions = {"view", "store", "disclose"};
const List resources = {"r1", "r2", "r3"};
const List statuses = {"ready", "delivered", "delivered", "denied", "timeout", "pending", "failed"};

}  // namespace

List History::some_of(const List& list) {
    List some;
    for (const std::string& item : list) {
        if (!one_in(3)) some.push_back(item);
    }
    if (some.empty()) some.push_back(one_of(list));
    return some;
}

Time History::time_near(Time now) {
    const Time steps[] = {-400 * day, -31 * day, -day, -hour, -1, 0, 1, hour, day, 40 * day};
    return now + steps[pick(10)];
}

Event History::start(const std::string& type, Time now) {
    Event event;
    event.type = type;
    event.happened = now;
    if (one_in(10)) event.happened = now - pick(40) * minute - 1;
    if (one_in(25)) event.happened = now + pick(15) * minute;
    if (one_in(150)) event.happened = now + 16 * minute;
    return event;
}

std::vector<Act> History::next(Time now) {
    const std::string id = likely_consent(now);
    const int what = pick(20);
    Act act = (world_.state_of(id, now).empty() && what < 18) || one_in(60) ? grant(id, now)
              : what < 5                                                    ? consent_act(now)
              : what == 5                                                   ? agreement_act(now)
                                                                            : access_act(now);
    std::vector<Act> acts{std::move(act)};
    sign(acts[0], now);
    acts[0].expected = world_.submit(acts[0].signature, acts[0].events, now);
    // The issuer's events stand last in the block, and count before its accesses.
    const std::string type = acts[0].events[0].type;
    const bool may_beat = acts[0].signature.key == "northbank" && acts[0].events.size() == 1 &&
                          type != "consent.request" && type != "consent.amend" &&
                          type != "consent.renew" && type != "consent.authorise";
    if (may_beat && type.starts_with("consent.") && acts[0].expected[0].refused.empty()) {
        Act late;
        late.events = {access(now)};
        const std::string key = key_for(late.events[0], world_.record_of(late.events[0].consent));
        if (key == "northbank" || key == "regulator") return acts;
        late.signature.key = key;
        late.expected = world_.submit(late.signature, late.events, now);
        acts.push_back(std::move(late));
    }
    return acts;
}

// Mostly as it must be.
void History::sign(Act& act, Time now) {
    if (one_in(60)) act.signature.key = one_of({"stranger", "auditor", "unilab-admin"});
    if (one_in(90)) act.signature.fault = one_of({"signature", "events"});
    const Time until[] = {-1, 0, day, day + 1};
    if (one_in(60)) act.signature.valid_until = now + until[pick(4)];
}

void History::vary_times(Record& record, Time now) {
    const Time from[] = {-1000 * hour, -pick(1000) * hour, -day, -1, 0, 1, hour};
    record.valid_from = now + from[pick(7)];
    record.valid_until.reset();
    if (!one_in(4)) record.valid_until = record.valid_from + (1 + pick(60)) * day;
    record.data_from.reset();
    record.data_until.reset();
    if (one_in(6)) record.data_from = now - 100 * day;
    if (one_in(6)) record.data_until = now + pick(3) * day;
    record.authority_until.clear();
    for (const std::string& grantor : record.grantors) {
        if (one_in(12)) record.authority_until[grantor] = now + (1 + pick(40)) * day;
    }
}

// The newest that has not ended, or else the next to come.
std::string History::likely_consent(Time now) {
    for (int k = consents - 1; k >= 0; --k) {
        const std::string state = world_.state_of(consent(k), now);
        const bool is_open =
            state == "requested" || state == "partial" || state == "active" || state == "suspended";
        if (is_open) return consent(k);
        if (!state.empty()) return consent(std::min(k + 1, consents - 1));
    }
    return consent(0);
}

Record History::any_record(const std::string& id, int version, Time now) {
    Record record;
    record.id = id;
    record.version = version;
    record.subject = one_in(40) ? "sub:other-" + name_ : "sub:" + name_;
    for (int k = 1; k < consents; ++k) {
        if (id == consent(k) && one_in(2)) record.supersedes = consent(k - 1);
    }
    if (one_in(40)) record.supersedes = name_ + "-x";
    record.grantors = {"sub:" + name_};
    if (one_in(3)) record.grantors.push_back("guardian");
    record.threshold = 1 + pick(static_cast<int>(record.grantors.size()));
    record.provider = one_in(5) ? "citygov" : "medcare";
    if (one_in(4)) record.manager = "citygov";
    record.recipients = {"unilab"};
    if (one_in(4)) record.recipients.push_back(one_in(2) ? "citygov" : "medcare");
    for (const std::string& recipient : record.recipients) {
        if (one_in(4)) record.onward.push_back(recipient);
    }
    record.purposes = some_of(purposes);
    record.categories = some_of(categories);
    record.actions = some_of(actions);
    if (one_in(8)) record.places = some_of({"DE", "FR"});
    record.all_resources = one_in(2);
    if (!record.all_resources) record.resources = some_of(resources);
    record.fetch.once = one_in(6);
    if (!record.fetch.once && !one_in(3)) {
        record.fetch.count = 1 + pick(3);
        record.fetch.unit = one_of({"hour", "day", "month", "year"});
        record.fetch.window = one_of({"sliding", "calendar", "anchored"});
        record.fetch.says_window = !one_in(4);
        if (!record.fetch.says_window) {
            const bool is_short = record.fetch.unit == "hour" || record.fetch.unit == "day";
            record.fetch.window = is_short ? "sliding" : "anchored";
        }
    }
    if (one_in(3)) record.max_uses = 1 + pick(4);
    record.retention_unit = one_of({"hour", "day", "day", "month", "year", "inf"});
    record.retention_value = pick(4);
    record.retention_basis =
        one_of({"from_delivery", "from_delivery", "from_delivery", "until_time", "until_event"});
    record.retention_until = now + pick(20) * day;
    record.needs_review = one_in(20);
    const bool has_deal = world_.agreed_version_of(name_ + "-g") != 0;
    if (one_in(has_deal ? 3 : 40)) record.agreement = name_ + "-g";
    if (one_in(10)) record.special_basis = "art-9";
    vary_times(record, now);
    if (one_in(2)) put_under_scheme(record, now);
    return record;
}

// At, and just beyond, what a row of the scheme allows.
void History::put_under_scheme(Record& record, Time now) {
    record.scheme = one_in(40) ? "none" : one_of({"fair", "strict"});
    if (!one_in(3)) record.template_id = one_of({"T1", "T2", "T3"});
    const Scheme* const scheme = laws_->find(record.scheme);
    if (scheme == nullptr || scheme->consents.rows.empty()) return;
    const Row& row = scheme->consents.rows[random_() % scheme->consents.rows.size()];
    const Time edge[] = {-1, 0, 0, 0, 1};
    if (row.retention && !row.retention->empty() && !one_in(4)) {
        const auto cap =
            std::next(row.retention->begin(), pick(static_cast<int>(row.retention->size())));
        record.retention_unit = cap->first;
        record.retention_value = cap->second + (one_in(4) ? 1 : 0);
    }
    if (row.frequency && !row.frequency->empty() && record.fetch.count > 0 && !one_in(4)) {
        const auto cap =
            std::next(row.frequency->begin(), pick(static_cast<int>(row.frequency->size())));
        record.fetch.unit = cap->first;
        record.fetch.count = std::max(1, cap->second + (one_in(4) ? 1 : 0));
        const bool is_short = record.fetch.unit == "hour" || record.fetch.unit == "day";
        if (!record.fetch.says_window) record.fetch.window = is_short ? "sliding" : "anchored";
    }
    if (row.life && !one_in(4)) {
        record.valid_until = after(record.valid_from, *row.life) + edge[pick(5)];
    }
    if (row.data_range && !one_in(4)) {
        record.data_from = now - pick(100) * day;
        record.data_until = after(*record.data_from, *row.data_range) + edge[pick(5)];
    }
}

void History::ask_by_scheme(Event& event, const Record& record, Time now) {
    const Scheme* const scheme = laws_->find(record.scheme);
    if (scheme == nullptr || scheme->requests.rows.empty()) return;
    const Row& row = scheme->requests.rows[random_() % scheme->requests.rows.size()];
    const Time edge[] = {-1, 0, 0, 0, 1};
    if (!row.data_range) return;
    event.data_from = record.data_from.value_or(now - pick(100) * day);
    event.data_until = after(*event.data_from, *row.data_range) + edge[pick(5)];
}

Act History::grant(const std::string& id, Time now) {
    Act act{{one_in(40) ? "medcare" : "northbank", {}}, {}, {}};
    Event request = start("consent.request", now);
    request.record = any_record(id, one_in(40) ? 2 : 1, now);
    request.consent = id;
    act.events.push_back(request);
    if (one_in(6)) return act;
    for (const std::string& grantor : request.record.grantors) {
        Event event = start("consent.authorise", now);
        event.consent = id;
        event.version = 1;
        event.grantor = grantor;
        act.events.push_back(event);
        if (static_cast<int>(act.events.size()) > request.record.threshold) break;
        if (one_in(8)) break;
    }
    return act;
}

Event History::lifecycle(const std::string& id, Time now) {
    const std::string state = world_.state_of(id, now);
    const int pending = world_.pending_version_of(id);
    const int in_force = world_.version_of(id), newest = world_.newest_version_of(id);
    List types = {"amend",  "renew",        "authorise",       "suspend",  "resource_add",
                  "renew",  "resource_add", "resource_remove", "withdraw", "revoke",
                  "reject", "resume",       "invalidate",      "amend"};
    // Mostly what brings a history on.
    if (pending != 0 && !one_in(4)) types = {"authorise", "authorise", "authorise", "reject"};
    if (state == "suspended" && !one_in(4)) types = {"resume"};
    if ((state == "requested" || state == "partial") && !one_in(4)) types = {"authorise"};
    const std::string type = one_of(types);
    Event event = start("consent." + type, now);
    event.consent = id;
    event.version = pending != 0 && (type == "authorise" || type == "reject") ? pending : in_force;
    if (one_in(12)) event.version = 1 + pick(newest + 2);
    if (event.version == 0) event.version = 1;
    if (type == "authorise") event.grantor = one_in(3) ? "guardian" : "sub:" + name_;
    if (type.starts_with("resource_")) event.resources = some_of({"r1", "r2", "r3", "r4"});
    const Record* record = world_.record_of(id);
    if (type == "amend" || (type == "renew" && record == nullptr)) {
        event.record = any_record(id, newest + (one_in(12) ? 2 : 1), now);
    } else if (type == "renew") {
        // Mostly word for word; or as the scheme reads it, which may be another scope.
        const bool is_as_read = one_in(8);
        event.record = is_as_read ? *record : *world_.written_of(id);
        if (is_as_read) event.record.fetch.says_window = true;
        event.record.version = newest + (one_in(12) ? 2 : 1);
        vary_times(event.record, now);
        if (one_in(6)) event.record.max_uses = 7;
    }
    return event;
}

Act History::consent_act(Time now) {
    const std::string id = one_in(4) ? consent(pick(consents)) : likely_consent(now);
    if (world_.state_of(id, now).empty() && !one_in(6)) return grant(id, now);
    Act act{{"northbank", {}}, {lifecycle(id, now)}, {}};
    const std::string type = act.events[0].type;
    if (type == "consent.revoke" || type == "consent.suspend" || type == "consent.invalidate" ||
        type == "consent.resource_remove" || one_in(25)) {
        act.signature.key = one_of({"northbank", "unilab", "medcare", "citygov", "regulator"});
    }
    const bool brings_record = type == "consent.amend" || type == "consent.renew";
    if (brings_record && !one_in(3)) {
        const Record record = act.events[0].record;
        for (const std::string& grantor : record.grantors) {
            Event event = start("consent.authorise", now);
            event.consent = id;
            event.version = record.version;
            event.grantor = grantor;
            act.events.push_back(event);
            if (static_cast<int>(act.events.size()) > record.threshold) break;
        }
    } else if (one_in(5)) {
        act.events.push_back(one_in(2) ? lifecycle(id, now) : access(now));
    }
    return act;
}

Act History::agreement_act(Time now) {
    const int what = proposed_.version == 0 ? pick(3) : pick(11);
    Event event = start(what < 3    ? "agreement.propose"
                        : what < 10 ? "agreement.accept"
                                    : "agreement.end",
                        now);
    event.agreement = name_ + "-g";
    if (what < 3) {
        Agreement terms;
        terms.version = 1 + (one_in(8) ? pick(3) : world_.agreed_version_of(event.agreement));
        terms.parties = {"unilab", "medcare"};
        if (one_in(3)) terms.parties.push_back("citygov");
        terms.purposes = one_in(2) ? purposes : some_of(purposes);
        if (one_in(3)) terms.categories = some_of(categories);
        terms.valid_from = now - pick(3) * day + (one_in(5) ? hour : 0);
        if (one_in(2)) terms.valid_until = terms.valid_from + (4 + pick(30)) * day;
        const std::string json = agreement_json(event.agreement, terms);
        terms.hash = consentree::to_hex(consentree::sha256(consentree::as_bytes(json)).view());
        event.terms = proposed_ = terms;
    } else {
        event.terms = proposed_;
        if (one_in(10) || proposed_.version == 0) event.terms.version = 1 + pick(3);
        if (one_in(10) || proposed_.version == 0) event.terms.hash = std::string(64, 'c');
    }
    return {{one_of({"unilab", "medcare", "citygov"}), {}}, {event}, {}};
}

void History::fill_use(Event& event, const Record* record) {
    const bool is_likely = record != nullptr && !slip(8);
    event.purpose = one_of(is_likely ? record->purposes : purposes);
    event.categories = is_likely ? List{one_of(record->categories)} : some_of(categories);
    event.action = one_of(is_likely ? record->actions : actions);
    if (!one_in(3)) event.place = one_of({"DE", "DE", "FR", "GB"});
    if (record != nullptr && !record->places.empty() && !slip(2)) {
        event.place = one_of(record->places);
    }
    event.basis = "consent";
}

void History::fill_request(Event& event, const Record* record, Time now) {
    fill_use(event, record);
    event.all_resources = record != nullptr && !slip(8) ? record->all_resources : one_in(2);
    if (!event.all_resources) {
        const bool has_list = record != nullptr && !record->resources.empty() && !slip(6);
        event.resources = {one_of(has_list ? record->resources : resources)};
        if (slip(8)) event.resources = some_of({"r1", "r2", "r3", "r4"});
    }
    if (record != nullptr && !slip(8)) event.data_from = record->data_from;
    if (record != nullptr && !slip(8)) event.data_until = record->data_until;
    if (record != nullptr && slip(2)) ask_by_scheme(event, *record, now);
    if (event.data_from && slip(8)) *event.data_from += one_in(2) ? 1 : -1;
    if (event.data_from && event.data_until && *event.data_until <= *event.data_from) {
        event.data_from.reset();
    }
    event.attended = one_in(4);
}

void History::fill_own(Event& event, const std::string& kind, Time now) {
    if (kind == "delivery") {
        event.statuses = {one_of(statuses)};
        if (!asked_.first.empty() && !one_in(4)) std::tie(event.consent, event.session) = asked_;
        delivered_ = {event.consent, event.session};
        if (const Record* record = world_.record_of(event.consent); record != nullptr) {
            if (one_in(3)) event.data_from = record->data_from;
            if (event.data_from) *event.data_from += pick(3) - 1;
            if (one_in(3) && !event.data_from) event.data_until = record->data_until;
        }
    }
    if (kind == "request") asked_ = {event.consent, event.session};
    if (kind == "delivery" && one_in(5)) event.statuses.push_back(one_of(statuses));
    if (kind == "disclosure") event.onward_party = one_of({"insurer", "unilab", "medcare"});
    if (kind == "override") event.until = now + (one_in(2) ? hour : 2 * day);
    if (kind == "decision") event.claims_permit = !one_in(3);
    if (kind == "rights_request") {
        event.right = one_of({"restrict", "object", "access"});
        rights_.push_back(event.event_id);
        event.org = one_of({"unilab", "medcare"});
        if (one_in(2)) event.consent.clear(), event.version = 0;
    }
    if (kind == "rights_result") {
        event.request = rights_.empty() ? "none" : one_of(rights_);
        event.result = one_of({"lifted", "lifted", "refused", "done", "partial"});
        event.org = one_of({"unilab", "medcare"});
    }
}

Event History::access(Time now) {
    // After what asks and delivers comes what is rarer.
    static const List kinds = {"request",       "request",       "request",        "request",
                               "request",       "delivery",      "delivery",       "use",
                               "disclosure",    "use",           "denial",         "decision",
                               "deletion",      "override",      "rights_request", "rights_result",
                               "rights_result", "rights_result", "receipt"};
    std::string kind = one_of(kinds);
    const bool is_later = kind == "use" || kind == "disclosure" || kind == "deletion";
    // What follows mostly follows something.
    const bool is_early =
        (is_later && delivered_.first.empty()) || (kind == "delivery" && asked_.first.empty());
    if (is_early && !one_in(5)) kind = "request";
    is_careless_ = one_in(2);
    Event event = start("access." + kind, now);
    event.event_id = name_ + "-" + std::to_string(++events_);
    event.consent = one_in(6) ? consent(pick(consents)) : likely_consent(now);
    if (one_in(60)) event.consent = name_ + "-x";
    event.session = "s" + std::to_string(pick(6));
    // What follows a delivery mostly follows one that there was.
    if (is_later && kind != "request" && !delivered_.first.empty() && !one_in(5)) {
        std::tie(event.consent, event.session) = delivered_;
    }
    event.subject = slip(12) ? "sub:other-" + name_ : "sub:" + name_;
    if (slip(6)) event.version = 1 + pick(world_.newest_version_of(event.consent) + 1);
    const Record* record = world_.record_of(event.consent);
    if (record != nullptr && !slip(2)) event.subject = record->subject;
    event.org = one_of(record != nullptr && !slip(2) ? record->recipients : institutions);
    if (kind == "request") fill_request(event, record, now);
    if (kind == "use" || kind == "disclosure") fill_use(event, record);
    if (!event.basis.empty() && slip(5)) {
        event.basis = "vital";
        if (one_in(2)) event.consent.clear(), event.version = 0;
    }
    if (slip(8)) event.agreement = name_ + "-g";
    fill_own(event, kind, now);
    return event;
}

std::string History::key_for(const Event& event, const Record* record) {
    const std::string kind = event.type.substr(7);
    const bool is_providers =
        kind == "decision" || kind == "delivery" || kind == "denial" || kind == "override";
    if (one_in(40)) return one_of({"unilab", "medcare", "citygov", "regulator"});
    if (kind == "rights_request" && one_in(3)) return "regulator";
    if (is_providers || (kind == "request" && one_in(8))) {
        if (record == nullptr) return "medcare";
        return !record->manager.empty() && one_in(3) ? record->manager : record->provider;
    }
    return event.org;
}

Act History::access_act(Time now) {
    Act act{{}, {access(now)}, {}};
    act.signature.key = key_for(act.events[0], world_.record_of(act.events[0].consent));
    if (!one_in(4)) return act;
    // Another by the same key, if one comes up.
    for (int tries = 0; tries < 6; ++tries) {
        Event second = access(now);
        if (key_for(second, world_.record_of(second.consent)) != act.signature.key) continue;
        act.events.push_back(std::move(second));
        break;
    }
    return act;
}

}  // namespace reference
