// The log as the event stream shows it: entries and alerts in order, filtered, from a position on.
// Reads tables and the alert log; changes nothing. Any thread.
#pragma once

#include "node/feed.h"

namespace consentree::node {

// Joined by "and"; empty members do not filter.
struct EventFilter {
    // Whose log of the ledger's index an entry stands in; of an alert, whom it names.
    std::string subject, actor, provider;
    std::vector<std::string> types;          // "access.request", "consent.*": entries only,
    std::optional<ledger::Verdict> verdict;  // and this.
    bool entries = true, alerts = true;
};
// "access.request,consent.*"; refused if one is no type.
Checked<std::vector<std::string>> parse_types(std::string_view text);

struct EventPart {
    std::string text;              // Server-sent events, each with its id. May be empty.
    Position next;                 // Where to go on,
    std::optional<Position> last;  // and what was sent last.
};
// Some events from a position on, as far as the feed has come. Bounded work and size.
EventPart read_events(const Feed::Reach& reach,
                      const AlertLog& alerts,
                      const EventFilter& filter,
                      Position from);

// One server-sent event; data must be JSON. An empty id is left out.
std::string format_event(std::string_view id, std::string_view name, std::string_view data);

}  // namespace consentree::node
