// Reports with one row for each access session: what was asked for, judged and delivered.
#include "client/report/cells.h"
#include "client/report/session.h"
#include "common/time.h"

namespace consentree::client::report {

namespace {

using ledger::Check;
using ledger::EventKind;
using ledger::Verdict;

// Sessions that pass a test, as rows of their usual columns.
template <class Test>
class Tested final : public Sessions {
public:
    Tested(const Scope& scope, Test test) : Sessions(scope), test_(test) {}

private:
    void tell(Session session) override {
        if (test_(session)) scope().emit(session_row(session));
    }
    Test test_;
};
template <class Test>
std::unique_ptr<Maker> sessions_where(const Scope& scope, Test test) {
    return std::make_unique<Tested<Test>>(scope, test);
}

std::unique_ptr<Maker> all_sessions(const Scope& scope) {
    return sessions_where(scope, [](const Session&) { return true; });
}

// A check that fails because another basis or a person vouches for it is told of elsewhere.
std::unique_ptr<Maker> uncovered(const Scope& scope) {
    return sessions_where(scope, [](const Session& session) {
        return session.was_denied() || session.verdict == Verdict::override_used ||
               session.verdict == Verdict::needs_review || !session.voided.empty();
    });
}

std::unique_ptr<Maker> over_frequency(const Scope& scope) {
    return sessions_where(scope, [](const Session& session) {
        return session.has_failed({Check::one_time, Check::frequency, Check::scheme_limit});
    });
}

std::unique_ptr<Maker> outside_scope(const Scope& scope) {
    return sessions_where(scope, [](const Session& session) {
        return session.has_failed({Check::purpose, Check::category, Check::action, Check::resource,
                                   Check::data_range, Check::place});
    });
}

std::unique_ptr<Maker> other_basis(const Scope& scope) {
    return sessions_where(scope, [](const Session& session) {
        return session.verdict == Verdict::permit_other_basis ||
               session.delivery_verdict == Verdict::permit_other_basis;
    });
}

// One half of a delivery is missing, or says otherwise than the other. A recipient for whom others
// sign has no half.
class Unmatched final : public Sessions {
public:
    using Sessions::Sessions;
    std::string left_out() const override {
        if (one_sided_ == 0) return {};
        return number(one_sided_) + (one_sided_ == 1 ? " delivery" : " deliveries") +
               " without a receipt, whose request was signed with the key that signed the "
               "delivery: their recipients signed nothing";
    }

private:
    void tell(Session session) override {
        if (session.mismatch().empty()) return;
        if (session.is_one_sided()) {
            ++one_sided_;
        } else {
            scope().emit(session_row(session));
        }
    }
    std::uint64_t one_sided_ = 0;
};

class Permitted final : public Sessions {
public:
    using Sessions::Sessions;
    static std::vector<Column> columns() {
        return {text_column("session"),
                text_column("subject"),
                text_column("actor"),
                text_column("recorded"),
                text_column("consent"),
                text_column("verdict"),
                list_column("reasons"),
                text_column("what_would_have_to_change"),
                text_column("delivery_verdict", false),
                text_column("event", false),
                number_column("height", false),
                number_column("index"),
                text_column("tx", false)};
    }

private:
    void tell(Session session) override {
        const ledger::AccessEvent& access = session.access;
        std::string remedy;
        for (unsigned check = 1; check < ledger::flag_status_shift && remedy.empty(); ++check) {
            if (session.has_failed({static_cast<Check>(check)})) {
                remedy = ledger::check_remedy(static_cast<Check>(check));
            }
        }
        scope().emit(
            {{access.session_id, access.subject, access.actor_org, format_time(session.recorded),
              access.consent_id, std::string(ledger::verdict_name(session.verdict)),
              list(session.reasons()), remedy,
              std::string(ledger::verdict_name(session.delivery_verdict)), access.event_id,
              number(session.height), number(session.index), to_hex(session.tx_id.view())},
             session.leaves});
    }
};

// Accesses that were judged after the consent had ended wait until its end is met.
class AfterWithdrawal final : public Sessions {
public:
    using Sessions::Sessions;
    static std::vector<Column> columns() {
        return {text_column("session"),         text_column("subject"),
                text_column("actor"),           text_column("purpose"),
                list_column("categories"),      text_column("issuer", false),
                text_column("consent"),         text_column("ended_by"),
                text_column("ended"),           text_column("claimed_end", false),
                text_column("held", false),     text_column("occurred", false),
                text_column("recorded"),        text_column("delay"),
                text_column("verdict"),         list_column("flags"),
                list_column("delivery", false), text_column("event", false),
                number_column("height", false), number_column("index"),
                text_column("tx", false)};
    }

    void take(const Seen& seen) override {
        if (const auto* name = end_name(seen.event.kind)) end(seen, name);
        Sessions::take(seen);
    }
    bool is_waiting() const override { return !held_.empty(); }

private:
    struct End {
        std::string name;
        TimeMs recorded = 0, claimed = 0;
        std::uint64_t leaf = 0;
    };
    struct Held {
        Session session;
        TimeMs used = 0;  // When it, or what followed it, was recorded after the end.
    };
    static const char* end_name(EventKind kind) {
        switch (kind) {
            case EventKind::consent_withdraw: return "WITHDRAWN";
            case EventKind::consent_revoke: return "REVOKED";
            case EventKind::consent_suspend: return "SUSPENDED";
            case EventKind::consent_invalidate: return "INVALIDATED";
            default: return nullptr;
        }
    }
    static std::string key(std::string_view issuer, std::string_view id, std::string_view end) {
        return consent_name(issuer, id) + " " + std::string(end);
    }

    void end(const Seen& seen, const std::string& name) {
        const ledger::LifecycleEvent& body = seen.event.lifecycle();
        const std::string at = key(body.issuer, body.consent_id, name);
        const End met{name, seen.time, seen.event.occurred_at, seen.entry.index};
        ends_[at] = met;
        for (auto [it, stop] = held_.equal_range(at); it != stop; ++it) emit(it->second, met);
        held_.erase(at);
    }

    void tell(Session session) override {
        const ledger::AccessEvent& access = session.access;
        const auto found_in = [&](std::uint32_t flags) {
            for (const std::string& reason : ledger::reason_codes(flags)) {
                if (reason == "STATE_WITHDRAWN" || reason == "STATE_REVOKED" ||
                    reason == "STATE_SUSPENDED" || reason == "STATE_INVALIDATED") {
                    return key(access.issuer, access.consent_id, reason.substr(6));
                }
            }
            return std::string();
        };
        if (const std::string at = found_in(session.failed); !at.empty()) {
            const TimeMs used = session.recorded;
            held_.emplace(at, Held{std::move(session), used});
            return;
        }
        // The request came before the end; of what followed it, the oldest that came after.
        const Later* first = nullptr;
        for (const Later& one : session.later) {
            const bool is_older = first == nullptr || one.since < first->since;
            if (is_older && !found_in(one.flags).empty()) first = &one;
        }
        if (first == nullptr) return;
        const std::string at = found_in(first->flags);
        const TimeMs used = first->since;
        const auto met = ends_.find(at);
        // Not met: what followed belongs to a request outside the time asked for.
        if (met != ends_.end()) {
            emit({std::move(session), used}, met->second);
        } else {
            held_.emplace(at, Held{std::move(session), used});
        }
    }

    void emit(const Held& held, const End& end) {
        const auto& [session, used] = held;
        const ledger::AccessEvent& access = session.access;
        Row row{{access.session_id,
                 access.subject,
                 access.actor_org,
                 access.purpose,
                 list(access.categories),
                 access.issuer,
                 access.consent_id,
                 end.name,
                 format_time(end.recorded),
                 format_time(end.claimed),
                 duration(end.recorded - end.claimed),
                 format_time(session.occurred),
                 format_time(used),
                 duration(used - end.recorded),
                 std::string(ledger::verdict_name(session.verdict)),
                 list(session.flags()),
                 session.delivery,
                 access.event_id,
                 number(session.height),
                 number(session.index),
                 to_hex(session.tx_id.view())},
                session.leaves};
        row.leaves.insert(row.leaves.begin(), end.leaf);
        scope().emit(std::move(row));
    }

    std::multimap<std::string, Held> held_;
    std::map<std::string, End> ends_;  // The oldest met of each consent and kind.
};

template <class T>
std::unique_ptr<Maker> make(const Scope& scope) {
    return std::make_unique<T>(scope);
}

}  // namespace

std::vector<Kind> access_kinds() {
    const std::vector<Column> columns = session_columns();
    const std::vector<std::string_view> same = {"subject", "actor", "purpose", "consent",
                                                "verdict"};
    const auto kind = [&](std::string_view name, auto maker, Reads reads = Reads::window) {
        return Kind{name, Order::newest_first, reads, false, columns, maker, same};
    };
    Kind halves = kind("unmatched", make<Unmatched>, Reads::from_window);
    halves.wants_signers = true;
    for (Column& column : halves.columns) {
        if (column.name == "mismatch") column.in_table = true;
    }
    return {kind("accesses", all_sessions),
            kind("uncovered", uncovered, Reads::from_window),
            kind("over-frequency", over_frequency),
            kind("outside-scope", outside_scope),
            kind("other-basis", other_basis),
            halves,
            kind("regulator-log", all_sessions),
            {"permitted",
             Order::newest_first,
             Reads::window,
             false,
             Permitted::columns(),
             make<Permitted>,
             {}},
            {"after-withdrawal", Order::newest_first, Reads::until_window, false,
             AfterWithdrawal::columns(), make<AfterWithdrawal>, same}};
}

}  // namespace consentree::client::report
