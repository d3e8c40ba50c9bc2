// Alerts of the API (docs/alerts.md): GET /v1/alerts, and "alert" on the event stream. As
// client/api.h.
#pragma once

#include "client/api.h"

namespace consentree::client::api {

inline constexpr std::string_view event_stream_type = "text/event-stream";

struct Alert {
    std::string id;        // "after-end:40"
    std::string rule;      // "after-end"
    std::string severity;  // notice, warning, serious
    std::string sentence;
    std::string subject, provider, actor, issuer, consent_id;  // Empty (null) where there is none.
    std::uint64_t index = 0;  // Leaf of the entry that it is about,
    std::uint64_t height = 0;
    std::string time;    // and its block time, RFC 3339.
    std::string cursor;  // Where it stands in the stream: leaf and ordinal.
    std::string since;   // Block time at which it was raised.
    std::string ended;   // Block time at which what was missing came; empty (null): it has not.
};
std::string format(const Alert& alert);
Result<Alert> parse_alert(std::string_view json);

struct AlertPage {
    Page<Alert> page;
    std::uint64_t watched_from = 0;  // First leaf that the node's rules have read,
    std::uint64_t watched_to = 0;    // and the one after the last.
    std::uint64_t open = 0;          // Alerts that are open, whatever the filters.
};
std::string format(const AlertPage& page);
Result<AlertPage> parse_alerts(std::string_view json);

}  // namespace consentree::client::api
