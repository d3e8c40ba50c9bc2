// Reports with one row for each entry, by itself.
#include "client/report/cells.h"
#include "common/time.h"
#include "ledger/merkle.h"
#include "ledger/seal.h"

namespace consentree::client::report {

namespace {

using ledger::EventKind;
using ledger::Verdict;

bool is_asked_for(const Scope& scope, const Seen& seen) {
    const std::string& wanted = scope.query.access;
    if (wanted.empty() || wanted == number(seen.entry.index) ||
        wanted == to_hex(seen.entry.head.tx_id.view())) {
        return true;
    }
    return seen.is_access() && seen.event.access().event_id == wanted;
}

// The filters, held against an entry of any kind.
bool passes(const Scope& scope, const Seen& seen) {
    if (!scope.is_in_time(seen.time)) return false;
    if (seen.is_access()) {
        const std::string& verdict = scope.query.verdict;
        return scope.passes(seen.event.access()) &&
               (verdict.empty() || verdict == ledger::verdict_name(seen.verdict()));
    }
    const Query& query = scope.query;
    if (!query.verdict.empty() || !query.user.empty()) return false;
    if (!ledger::is_lifecycle(seen.event.kind)) return query.consent.empty();
    const ledger::LifecycleEvent& body = seen.event.lifecycle();
    return (query.consent.empty() || query.consent == body.consent_id) &&
           (query.issuer.empty() || query.issuer == body.issuer) &&
           (!body.record || scope.passes(*body.record));
}

// What an entry is about, as far as it says so itself.
struct About {
    std::string subject, actor, issuer, consent, session;
    explicit About(const ledger::Event& event) {
        if (ledger::is_access(event.kind)) {
            const ledger::AccessEvent& access = event.access();
            subject = access.subject;
            actor = access.actor_org;
            issuer = access.issuer;
            consent = access.consent_id;
            session = access.session_id;
        } else if (ledger::is_lifecycle(event.kind)) {
            const ledger::LifecycleEvent& body = event.lifecycle();
            issuer = body.issuer;
            consent = body.consent_id;
            if (body.record) subject = body.record->subject;
        }
    }
};

std::string leaf_hash_of(const Seen& seen) {
    return to_hex(
        ledger::leaf_hash(ledger::encode_entry(seen.entry.head, as_bytes(seen.entry.event)))
            .view());
}

std::vector<Column> entry_columns() {
    return {number_column("index"),
            number_column("height", false),
            text_column("recorded"),
            text_column("occurred", false),
            text_column("type"),
            text_column("subject"),
            text_column("actor"),
            text_column("issuer", false),
            text_column("consent"),
            text_column("session", false),
            text_column("verdict"),
            list_column("reasons"),
            text_column("signed_by", false),
            text_column("leaf_hash", false),
            text_column("tx", false),
            number_column("position", false),
            text_column("record", false)};
}

void entry_row(const Scope& scope, const Seen& seen) {
    if (!is_asked_for(scope, seen) || !passes(scope, seen)) return;
    const About about(seen.event);
    const bool is_access = seen.is_access();
    scope.emit(
        {{number(seen.entry.index), number(seen.entry.head.height), format_time(seen.time),
          format_time(seen.event.occurred_at), std::string(ledger::type_name(seen.event.kind)),
          about.subject, about.actor, about.issuer, about.consent, about.session,
          is_access ? std::string(ledger::verdict_name(seen.verdict())) : "",
          is_access ? list(ledger::reason_codes(seen.entry.head.flags)) : "",
          std::string(seen.signed_by), leaf_hash_of(seen), to_hex(seen.entry.head.tx_id.view()),
          number(seen.entry.head.position), seen.entry.event},
         {seen.entry.index}});
}
std::unique_ptr<Maker> entries(const Scope& scope) {
    return make_each(scope, entry_row);
}

std::vector<Column> unchanged_columns() {
    return {number_column("index"),      number_column("height"),  text_column("recorded"),
            text_column("type"),         text_column("event"),     text_column("leaf_hash"),
            text_column("signed_by"),    text_column("tx", false), number_column("position", false),
            text_column("record", false)};
}
std::unique_ptr<Maker> unchanged(const Scope& scope) {
    return make_each(scope, [](const Scope& asked, const Seen& seen) {
        if (!is_asked_for(asked, seen) || !passes(asked, seen)) return;
        asked.emit({{number(seen.entry.index), number(seen.entry.head.height),
                     format_time(seen.time), std::string(ledger::type_name(seen.event.kind)),
                     seen.is_access() ? seen.event.access().event_id : "", leaf_hash_of(seen),
                     std::string(seen.signed_by), to_hex(seen.entry.head.tx_id.view()),
                     number(seen.entry.head.position), seen.entry.event},
                    {seen.entry.index}});
    });
}

// Requests, and what the institution's own people did with what it holds.
std::vector<Column> staff_columns() {
    return {text_column("recorded"),
            text_column("occurred", false),
            text_column("user"),
            text_column("actor"),
            text_column("type"),
            text_column("subject"),
            text_column("purpose"),
            list_column("categories"),
            text_column("consent", false),
            text_column("verdict"),
            list_column("reasons"),
            list_column("flags", false),
            text_column("session", false),
            text_column("event", false),
            number_column("height", false),
            number_column("index"),
            text_column("tx", false)};
}
std::unique_ptr<Maker> staff(const Scope& scope) {
    return make_each(scope, [](const Scope& asked, const Seen& seen) {
        const EventKind kind = seen.event.kind;
        const bool looks = kind == EventKind::access_request || kind == EventKind::access_use ||
                           kind == EventKind::access_disclosure;
        if (!looks || seen.event.access().actor_user.empty() || !passes(asked, seen)) return;
        const ledger::AccessEvent& access = seen.event.access();
        asked.emit({{format_time(seen.time), format_time(seen.event.occurred_at), access.actor_user,
                     access.actor_org, std::string(ledger::type_name(kind)), access.subject,
                     access.purpose, list(access.categories), access.consent_id,
                     std::string(ledger::verdict_name(seen.verdict())),
                     list(ledger::reason_codes(seen.entry.head.flags)),
                     list(ledger::flag_names(seen.entry.head.flags)), access.session_id,
                     access.event_id, number(seen.entry.head.height), number(seen.entry.index),
                     to_hex(seen.entry.head.tx_id.view())},
                    {seen.entry.index}});
    });
}

// Break-glass access as it was opened, and what went through it.
std::vector<Column> override_columns() {
    return {text_column("recorded"),
            text_column("type"),
            text_column("session"),
            text_column("subject"),
            text_column("actor"),
            text_column("user", false),
            text_column("reason"),
            text_column("approver"),
            text_column("until"),
            text_column("purpose", false),
            list_column("categories", false),
            text_column("consent"),
            text_column("verdict"),
            list_column("reasons"),
            text_column("event", false),
            number_column("height", false),
            number_column("index"),
            text_column("tx", false)};
}
std::unique_ptr<Maker> overrides(const Scope& scope) {
    return make_each(scope, [](const Scope& asked, const Seen& seen) {
        if (!seen.is_access() || !passes(asked, seen)) return;
        const bool opens = seen.event.kind == EventKind::access_override;
        if (!opens && seen.verdict() != Verdict::override_used) return;
        const ledger::AccessEvent& access = seen.event.access();
        asked.emit(
            {{format_time(seen.time), std::string(ledger::type_name(seen.event.kind)),
              access.session_id, access.subject, access.actor_org, access.actor_user,
              opens ? member(seen.entry.event, "/reason") : "",
              opens ? member(seen.entry.event, "/approver") : "",
              opens ? time_text(access.after->until) : "", access.purpose, list(access.categories),
              access.consent_id, std::string(ledger::verdict_name(seen.verdict())),
              list(ledger::reason_codes(seen.entry.head.flags)), access.event_id,
              number(seen.entry.head.height), number(seen.entry.index),
              to_hex(seen.entry.head.tx_id.view())},
             {seen.entry.index}});
    });
}

std::vector<Column> onward_columns() {
    return {
        text_column("recorded"),        text_column("subject"),      text_column("actor"),
        text_column("onward_party"),    text_column("purpose"),      list_column("categories"),
        text_column("place"),           text_column("legal_basis"),  text_column("consent"),
        text_column("verdict"),         list_column("reasons"),      text_column("session"),
        text_column("delivery", false), text_column("event", false), number_column("height", false),
        number_column("index"),         text_column("tx", false)};
}
std::unique_ptr<Maker> onward(const Scope& scope) {
    return make_each(scope, [](const Scope& asked, const Seen& seen) {
        if (seen.event.kind != EventKind::access_disclosure || !passes(asked, seen)) return;
        const ledger::AccessEvent& access = seen.event.access();
        asked.emit(
            {{format_time(seen.time), access.subject, access.actor_org, access.after->onward_party,
              access.purpose, list(access.categories), access.place, access.legal_basis,
              access.consent_id, std::string(ledger::verdict_name(seen.verdict())),
              list(ledger::reason_codes(seen.entry.head.flags)), access.session_id,
              access.after->delivery, access.event_id, number(seen.entry.head.height),
              number(seen.entry.index), to_hex(seen.entry.head.tx_id.view())},
             {seen.entry.index}});
    });
}

}  // namespace

std::vector<Kind> record_kinds() {
    return {
        {"unchanged", Order::newest_first, Reads::window, true, unchanged_columns(), unchanged, {}},
        {"as-of", Order::newest_first, Reads::window, true, entry_columns(), entries, {}},
        {"subject-copy", Order::oldest_first, Reads::window, true, entry_columns(), entries, {}},
        {"staff",
         Order::newest_first,
         Reads::window,
         false,
         staff_columns(),
         staff,
         {"user", "actor", "subject", "purpose"}},
        {"overrides", Order::newest_first, Reads::window, false, override_columns(), overrides, {}},
        {"onward",
         Order::newest_first,
         Reads::window,
         false,
         onward_columns(),
         onward,
         {"subject", "actor", "onward_party", "purpose"}},
    };
}

}  // namespace consentree::client::report
