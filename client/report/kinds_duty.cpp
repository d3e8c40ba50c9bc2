// Reports about what must be done: deleting, erasing, telling of a breach.
#include "client/report/book.h"
#include "client/report/cells.h"
#include "client/report/session.h"
#include "common/time.h"

#include <algorithm>
#include <set>

namespace consentree::client::report {

namespace {

using ledger::ConsentStatus;
using ledger::EventKind;

bool has_arrived(const ledger::AccessEvent& access) {
    return std::ranges::any_of(access.status, [](const ledger::ResourceStatus& one) {
        return one.status == "delivered" || one.status == "ready";
    });
}

// What was delivered and has no deletion since, one line a session.
class DeletionDue final : public Maker {
public:
    explicit DeletionDue(Scope scope) : scope_(std::move(scope)) {}
    static std::vector<Column> columns() {
        return {text_column("session"),
                text_column("subject"),
                text_column("actor"),
                text_column("issuer", false),
                text_column("consent"),
                text_column("delivered"),
                number_column("records", false),
                text_column("retention"),
                text_column("why"),
                text_column("due"),
                text_column("overdue"),
                number_column("index")};
    }
    void take(const Seen& seen) override {
        book_.apply(seen);
        if (!seen.is_access()) return;
        const ledger::AccessEvent& access = seen.event.access();
        const KnownConsent* known = book_.cited_by(access);
        if (known == nullptr) return;
        if (seen.event.kind == EventKind::access_deletion) kept_[known].erase(access.session_id);
        if (seen.event.kind != EventKind::access_delivery || !has_arrived(access)) return;
        if (!scope_.passes(access)) return;
        const ledger::Retention& retention = known->record().retention;
        const Facts facts{access.subject, access.actor_org, text(retention)};
        kept_[known][access.session_id] = {
            &*facts_.insert(facts).first, seen.time,
            ledger::retention_end(retention, seen.time).value_or(never),
            static_cast<std::uint64_t>(access.record_count.value_or(0)), seen.entry.index};
    }
    void finish() override {
        std::vector<Due> all;
        for (const auto& [known, sessions] : kept_) {
            for (const auto& [session, kept] : sessions) {
                const TimeMs end = end_of(*known, kept);
                if (end > scope_.moment || !scope_.is_in_time(end)) continue;
                all.push_back({end, known, &session, &kept});
            }
        }
        std::ranges::sort(all, [](const Due& a, const Due& b) {
            return std::tie(a.end, a.kept->leaf) < std::tie(b.end, b.kept->leaf);
        });
        for (const auto& [end, known, session, kept] : all) {
            const bool has_ended = end < kept->until;
            const auto& [subject, actor, retention] = *kept->facts;
            const ledger::ConsentRecord& record = known->record();
            scope_.emit({{*session, subject, actor, record.issuer, record.consent_id,
                          format_time(kept->delivered), number(kept->records), retention,
                          has_ended ? "the consent was ended" : "retention has ended",
                          format_time(end), duration(scope_.moment - end), number(kept->leaf)},
                         {kept->leaf}});
        }
    }

private:
    static constexpr TimeMs never = INT64_MAX;
    using Facts = std::tuple<std::string, std::string, std::string>;  // Subject, actor, retention.
    // As little as a row needs: there may be one for each delivery of a year.
    struct Kept {
        const Facts* facts = nullptr;  // Of facts_.
        TimeMs delivered = 0;
        TimeMs until = never;  // Of its retention.
        std::uint64_t records = 0, leaf = 0;
    };
    struct Due {
        TimeMs end;
        const KnownConsent* known;
        const std::string* session;
        const Kept* kept;
    };
    // Withdrawal, revocation and invalidation end retention at once.
    static TimeMs end_of(const KnownConsent& known, const Kept& kept) {
        const ledger::ConsentState& state = known.consent.state;
        const ConsentStatus status = state.status;
        const bool has_ended = status == ConsentStatus::withdrawn ||
                               status == ConsentStatus::revoked ||
                               status == ConsentStatus::invalidated;
        if (!has_ended) return kept.until;
        return std::min(kept.until, std::max(state.status_since_ms, kept.delivered));
    }

    Scope scope_;
    Book book_{Book::Texts::dropped};
    std::set<Facts> facts_;
    // By session. What a book knows stays where it is.
    std::unordered_map<const KnownConsent*, std::unordered_map<std::string, Kept>> kept_;
};

// Of each request to erase or correct: everybody who was given the data before it.
class Erasure final : public Maker {
public:
    explicit Erasure(Scope scope) : scope_(std::move(scope)) {}
    static std::vector<Column> columns() {
        return {text_column("request"),  text_column("type"),        text_column("requested"),
                text_column("asked_of"), text_column("ground"),      text_column("due"),
                text_column("holder"),   text_column("holds_since"), text_column("how"),
                text_column("answer"),   text_column("answered"),    text_column("deleted"),
                text_column("open"),     number_column("index")};
    }
    void take(const Seen& seen) override {
        if (!seen.is_access()) return;
        const ledger::AccessEvent& access = seen.event.access();
        switch (seen.event.kind) {
            case EventKind::access_delivery:
                if (has_arrived(access)) {
                    hold(access.actor_org, "delivery", delivery_name(access, access.event_id),
                         seen.time);
                }
                break;
            case EventKind::access_disclosure:
                hold(access.after->onward_party, "disclosed by " + access.actor_org,
                     delivery_name(access, access.after->delivery), seen.time);
                break;
            case EventKind::access_deletion: delete_at(seen); break;
            case EventKind::access_rights_request:
                if (access.after->right == "rectify") ask(seen);
                break;
            case EventKind::access_erasure_request: ask(seen); break;
            case EventKind::access_rights_result:
            case EventKind::access_erasure_result: answer(seen); break;
            default: break;
        }
    }
    void finish() override {
        for (const Request& request : requests_) {
            if (!scope_.is_in_time(request.at)) continue;
            for (const auto& [holder, duty] : request.duties) tell(request, holder, duty);
        }
    }

private:
    struct Duty {
        Duty() = default;
        Duty(std::optional<TimeMs> from, std::string why) : since(from), how(std::move(why)) {}
        std::optional<TimeMs> since;
        std::string how, result;
        std::optional<TimeMs> answered, deleted;
        std::uint64_t leaf = 0;
        std::set<std::string> given, kept;  // Deliveries; of those, not deleted.
    };
    struct Request {
        std::string id, type, asked_of, ground;
        TimeMs at = 0;
        std::optional<TimeMs> due;
        std::uint64_t leaf = 0;
        std::map<std::string, Duty> duties;
    };

    static std::string delivery_name(const ledger::AccessEvent& access, const std::string& id) {
        return consent_name(access.issuer, access.consent_id) + '\0' + access.session_id + '\0' +
               id;
    }
    void hold(const std::string& holder, std::string how, const std::string& name, TimeMs time) {
        Duty& duty = holders_.try_emplace(holder, Duty(time, std::move(how))).first->second;
        duty.given.insert(name);
        duty.kept.insert(name);
    }
    void ask(const Seen& seen) {
        const ledger::AccessEvent& access = seen.event.access();
        Request request{access.event_id,  std::string(ledger::type_name(seen.event.kind)),
                        access.actor_org, access.after->ground,
                        seen.time,        access.after->until,
                        seen.entry.index, holders_};
        request.duties.try_emplace(access.actor_org, Duty({}, "was asked"));
        requests_.push_back(std::move(request));
    }
    void answer(const Seen& seen) {
        const ledger::AccessEvent& access = seen.event.access();
        for (Request& request : requests_) {
            if (request.id != access.after->request) continue;
            Duty& duty = request.duties[access.actor_org];
            duty.result = access.after->result;
            if (!access.after->ground.empty()) duty.result += " (" + access.after->ground + ")";
            duty.answered = seen.time;
            duty.leaf = seen.entry.index;
        }
    }
    // Of what the holder was given, what it says it has deleted.
    void delete_at(const Seen& seen) {
        const ledger::AccessEvent& access = seen.event.access();
        std::vector<std::string> names;
        for (const std::string& id : parts_of(member(seen.entry.event, "/deliveries"))) {
            names.push_back(delivery_name(access, id));
        }
        const auto apply = [&](std::map<std::string, Duty>& duties) {
            const auto found = duties.find(access.actor_org);
            if (found == duties.end()) return;
            for (const std::string& name : names) {
                if (found->second.kept.erase(name) != 0) found->second.deleted = seen.time;
            }
        };
        apply(holders_);
        for (Request& request : requests_) apply(request.duties);
    }
    static std::string deleted_text(const Duty& duty) {
        if (!duty.deleted || duty.kept.empty()) return time_text(duty.deleted);
        return format_time(*duty.deleted) + " (" + number(duty.given.size() - duty.kept.size()) +
               " of " + number(duty.given.size()) + ")";
    }
    void tell(const Request& request, const std::string& holder, const Duty& duty) const {
        const bool is_open = !duty.answered;
        Row row{{request.id, request.type, format_time(request.at), request.asked_of,
                 request.ground, time_text(request.due), holder, time_text(duty.since), duty.how,
                 duty.result, time_text(duty.answered), deleted_text(duty),
                 !is_open                                       ? "no"
                 : request.due && *request.due <= scope_.moment ? "overdue"
                                                                : "yes",
                 number(request.leaf)},
                {request.leaf}};
        if (duty.leaf != 0) row.leaves.push_back(duty.leaf);
        scope_.emit(std::move(row));
    }

    Scope scope_;
    std::map<std::string, Duty> holders_;
    std::vector<Request> requests_;
};

// Whose data was reached in the time, one row a subject.
class BreachScope final : public Maker {
public:
    explicit BreachScope(Scope scope) : scope_(std::move(scope)) {}
    static std::vector<Column> columns() {
        return {text_column("subject"),      number_column("requests"), number_column("permitted"),
                number_column("deliveries"), number_column("records"),  list_column("categories"),
                list_column("purposes"),     text_column("first"),      text_column("last")};
    }
    void take(const Seen& seen) override {
        if (!seen.is_access() || !scope_.passes(seen.event.access())) return;
        const ledger::AccessEvent& access = seen.event.access();
        const bool asks = seen.event.kind == EventKind::access_request;
        const bool brings = seen.event.kind == EventKind::access_delivery && has_arrived(access);
        const bool is_inside = scope_.is_in_time(seen.time);
        const bool says_what = asks && unasked_.erase(session_of(access)) != 0;
        if (!(is_inside ? asks || brings : says_what)) return;
        Reached& reached = reached_[access.subject];
        if (is_inside && reached.last == 0) reached.last = seen.time;
        if (is_inside) reached.first = seen.time;
        reached.leaves.push_back(seen.entry.index);
        if (brings) {
            unasked_.insert(session_of(access));
            ++reached.deliveries;
            reached.records += static_cast<std::uint64_t>(access.record_count.value_or(0));
            return;
        }
        reached.categories.insert(access.categories.begin(), access.categories.end());
        reached.purposes.insert(access.purpose);
        if (!is_inside) return;
        ++reached.requests;
        const ledger::Verdict verdict = seen.verdict();
        if (verdict == ledger::Verdict::permit || verdict == ledger::Verdict::permit_other_basis) {
            ++reached.permitted;
        }
    }
    // What was delivered in the time, the request says, however long before.
    bool is_waiting() const override { return !unasked_.empty(); }
    void finish() override {
        for (const auto& [subject, reached] : reached_) {
            scope_.emit({{subject, number(reached.requests), number(reached.permitted),
                          number(reached.deliveries), number(reached.records),
                          list({reached.categories.begin(), reached.categories.end()}),
                          list({reached.purposes.begin(), reached.purposes.end()}),
                          format_time(reached.first), format_time(reached.last)},
                         reached.leaves});
        }
    }

private:
    struct Reached {
        std::uint64_t requests = 0, permitted = 0, deliveries = 0, records = 0;
        std::set<std::string> categories, purposes;
        TimeMs first = 0, last = 0;
        std::vector<std::uint64_t> leaves;
    };
    static std::string session_of(const ledger::AccessEvent& access) {
        return access.actor_org + '\n' + consent_name(access.issuer, access.consent_id) + '\n' +
               access.session_id;
    }

    Scope scope_;
    std::map<std::string, Reached> reached_;
    std::set<std::string> unasked_;  // Sessions with a delivery, and no request so far.
};

std::vector<Column> deadline_columns() {
    return {
        text_column("event"),       text_column("actor"),          text_column("detected"),
        text_column("recorded"),    text_column("authority_told"), text_column("took"),
        text_column("inside_72_h"), text_column("subjects_told"),  list_column("categories"),
        number_column("count"),     text_column("cause", false),   number_column("height", false),
        number_column("index"),     text_column("tx", false)};
}

std::unique_ptr<Maker> breach_deadline(const Scope& scope) {
    return make_each(scope, [](const Scope& asked, const Seen& seen) {
        constexpr TimeMs limit = 72LL * 3600 * 1000;
        if (seen.event.kind != EventKind::access_breach || !asked.is_in_time(seen.time)) return;
        const ledger::AccessEvent& access = seen.event.access();
        if (!asked.passes(access)) return;
        const std::string& json = seen.entry.event;
        const std::string told = member(json, "/notified_authority_at");
        const auto detected = parse_time(member(json, "/detected_at"));
        if (!detected) return;
        const TimeMs took = parse_time(told).value_or(asked.moment) - *detected;
        const char* inside = took > limit ? "no" : told.empty() ? "still open" : "yes";
        asked.emit({{access.event_id, access.actor_org, format_time(*detected),
                     format_time(seen.time), told.empty() ? "not told" : told, duration(took),
                     inside, member(json, "/notified_subjects_at"), list(access.categories),
                     member(json, "/count"), member(json, "/cause"), number(seen.entry.head.height),
                     number(seen.entry.index), to_hex(seen.entry.head.tx_id.view())},
                    {seen.entry.index}});
    });
}

template <class T>
std::unique_ptr<Maker> make(const Scope& scope) {
    return std::make_unique<T>(scope);
}

template <class T>
Kind kind(std::string_view name, Reads reads) {
    return {name, Order::oldest_first, reads, false, T::columns(), make<T>, {}};
}

}  // namespace

std::vector<Kind> duty_kinds() {
    return {kind<DeletionDue>("deletion-due", Reads::everything),
            kind<Erasure>("erasure", Reads::everything),
            {"breach-scope",
             Order::newest_first,
             Reads::until_window,
             false,
             BreachScope::columns(),
             make<BreachScope>,
             {}},
            {"breach-deadline",
             Order::newest_first,
             Reads::window,
             false,
             deadline_columns(),
             breach_deadline,
             {}}};
}

}  // namespace consentree::client::report
