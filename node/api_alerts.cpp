// The list of what the watch rules have said.
#include "node/api_alerts.h"

#include "common/time.h"
#include "node/api_handlers.h"
#include "node/api_lists.h"

namespace consentree::node {

namespace {

Refusal invalid(const char* detail) {
    return Refusal{"invalid-parameter", detail, "", ""};
}

Checked<AlertFilter> read_filter(const ApiCall& call) {
    AlertFilter filter;
    filter.subject = call.text("subject");
    filter.provider = call.text("provider");
    filter.actor = call.text("actor");
    filter.issuer = call.text("issuer");
    filter.consent_id = call.text("consent");
    filter.only_open = call.has("open");
    if (call.has("rule")) {
        filter.rule = ledger::watch::rule_of(call.text("rule"));
        if (!filter.rule) return invalid("rule must be one of docs/alerts.md");
    }
    if (call.has("severity")) {
        const auto severity = ledger::watch::severity_of(call.text("severity"));
        if (!severity) return invalid("severity must be notice, warning or serious");
        filter.severity = *severity;
    }
    return {boost::system::in_place_value, std::move(filter)};
}

}  // namespace

client::api::Alert alert_of(const ledger::watch::Alert& alert) {
    client::api::Alert out;
    out.id = alert.id();
    out.rule = rule_name(alert.rule);
    out.severity = severity_name(alert.severity);
    out.sentence = alert.sentence;
    out.subject = alert.subject;
    out.provider = alert.provider;
    out.actor = alert.actor;
    out.issuer = alert.issuer;
    out.consent_id = alert.consent_id;
    out.index = alert.leaf;
    out.height = alert.height;
    out.time = format_time(alert.time);
    out.cursor = format_position(alert.raised.position);
    out.since = format_time(alert.raised.time);
    if (alert.ended) out.ended = format_time(alert.ended->time);
    return out;
}

ApiReply answer_alerts(const ApiCall& call) {
    const Feed& feed = call.service.feed;
    if (!feed.settings().enabled) return problem_reply(call.request, watch_off());
    const auto page = read_page_request(call, ledger::Direction::descending);
    if (!page) return problem_reply(call.request, page.error());
    const auto filter = read_filter(call);
    if (!filter) return problem_reply(call.request, filter.error());
    const Feed::Reach reach = feed.reach();
    const AlertLog::Page found =
        feed.alerts().list(*filter, page->direction, page->from, page->limit);
    api::AlertPage answer;
    for (const Alert& alert : found.items) answer.page.items.push_back(alert_of(alert));
    answer.page.as_of_height = page->height;
    answer.page.complete = !found.next;
    if (found.next) {
        answer.page.next_cursor = call.service.cursors.seal(
            Cursor{page->height, page->tree_size, *found.next}, page->list);
    }
    answer.open = feed.alerts().open_count();
    answer.watched_from = std::max(reach.watched_from, feed.alerts().complete_from());
    answer.watched_to = reach.next;
    return json_reply(api::format(answer));
}

Refusal watch_off() {
    return Refusal{"watch-off", "[watch] enabled is false in this node's settings", "", ""};
}

}  // namespace consentree::node
