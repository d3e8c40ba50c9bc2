// Accesses one by one, to be judged by event time.
#include "client/report/cells.h"
#include "common/time.h"

namespace consentree::client::report {

namespace {

std::vector<Column> columns() {
    return {text_column("recorded"),       text_column("occurred"),
            text_column("type", false),    text_column("session"),
            text_column("subject", false), text_column("actor"),
            text_column("issuer", false),  text_column("consent"),
            text_column("verdict"),        list_column("reasons", false),
            text_column("event", false),   number_column("height", false),
            number_column("index"),        text_column("tx", false)};
}

std::unique_ptr<Maker> judged_accesses(const Scope& scope) {
    return make_each(scope, [](const Scope& asked, const Seen& seen) {
        const bool is_judged = seen.is_access() && seen.verdict() != ledger::Verdict::none;
        if (!is_judged || !asked.is_in_time(seen.time)) return;
        const ledger::AccessEvent& access = seen.event.access();
        if (!asked.passes(access)) return;
        asked.emit({{format_time(seen.time), format_time(seen.event.occurred_at),
                     std::string(ledger::type_name(seen.event.kind)), access.session_id,
                     access.subject, access.actor_org, access.issuer, access.consent_id,
                     std::string(ledger::verdict_name(seen.verdict())),
                     list(ledger::reason_codes(seen.entry.head.flags)), access.event_id,
                     number(seen.entry.head.height), number(seen.entry.index),
                     to_hex(seen.entry.head.tx_id.view())},
                    {seen.entry.index}});
    });
}

}  // namespace

std::vector<Kind> time_kinds() {
    Kind kind{"event-time",
              Order::oldest_first,
              Reads::everything,
              false,
              columns(),
              judged_accesses,
              {}};
    kind.is_by_event_time = true;
    return {kind};
}

}  // namespace consentree::client::report
