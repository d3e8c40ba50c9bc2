#include "client/api_alerts.h"

#include "client/api_json.h"

namespace consentree::client::api {

namespace {

Json json_of(const Alert& alert) {
    Json out;
    out["id"] = alert.id;
    out["rule"] = alert.rule;
    out["severity"] = alert.severity;
    out["sentence"] = alert.sentence;
    out["subject"] = or_null(alert.subject);
    out["provider"] = or_null(alert.provider);
    out["actor"] = or_null(alert.actor);
    out["issuer"] = or_null(alert.issuer);
    out["consent_id"] = or_null(alert.consent_id);
    out["index"] = alert.index;
    out["height"] = alert.height;
    out["time"] = alert.time;
    out["cursor"] = alert.cursor;
    out["since"] = alert.since;
    out["ended"] = or_null(alert.ended);
    return out;
}

Alert read_alert(MemberReader& reader) {
    Alert alert;
    alert.id = reader.text("id");
    alert.rule = reader.text("rule");
    alert.severity = reader.text("severity");
    alert.sentence = reader.text("sentence");
    alert.subject = reader.optional_text("subject");
    alert.provider = reader.optional_text("provider");
    alert.actor = reader.optional_text("actor");
    alert.issuer = reader.optional_text("issuer");
    alert.consent_id = reader.optional_text("consent_id");
    alert.index = reader.number("index");
    alert.height = reader.number("height");
    alert.time = reader.text("time");
    alert.cursor = reader.text("cursor");
    alert.since = reader.text("since");
    alert.ended = reader.optional_text("ended");
    return alert;
}

}  // namespace

std::string format(const Alert& alert) {
    return dump(json_of(alert));
}

Result<Alert> parse_alert(std::string_view json) {
    return parse_answer<Alert>(json, read_alert);
}

std::string format(const AlertPage& alerts) {
    Json out;
    Json items = Json::array();
    for (const Alert& alert : alerts.page.items) items.push_back(json_of(alert));
    out["items"] = std::move(items);
    out["next_cursor"] = or_null(alerts.page.next_cursor);
    out["as_of_height"] = alerts.page.as_of_height;
    out["complete"] = alerts.page.complete;
    out["open"] = alerts.open;
    out["watched_from"] = alerts.watched_from;
    out["watched_to"] = alerts.watched_to;
    return dump(out);
}

Result<AlertPage> parse_alerts(std::string_view json) {
    return parse_answer<AlertPage>(json, [](MemberReader& reader) {
        AlertPage alerts;
        alerts.page.items = parse_items<Alert>(reader, "items", read_alert);
        alerts.page.next_cursor = reader.optional_text("next_cursor");
        alerts.page.as_of_height = reader.number("as_of_height");
        alerts.page.complete = reader.boolean("complete", true);
        alerts.open = reader.number("open");
        alerts.watched_from = reader.number("watched_from");
        alerts.watched_to = reader.number("watched_to");
        return alerts;
    });
}

}  // namespace consentree::client::api
