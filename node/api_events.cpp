// GET /v1/events: what is committed, as it happens, as server-sent events. The log is the queue: a
// stream holds a position and nothing else, so that a reader may be as slow as it likes, leave, and
// go on.
#include "client/api_alerts.h"
#include "client/api_json.h"
#include "common/time.h"
#include "node/api_handlers.h"
#include "node/api_tail.h"
#include "node/event_reader.h"

namespace consentree::node {

namespace {

using Clock = std::chrono::steady_clock;
using ledger::watch::format_position;

constexpr std::string_view from_start = "start";

class EventStream final : public ApiTail {
public:
    EventStream(ApiService& service,
                std::unique_ptr<Feed::Place> place,
                EventFilter filter,
                std::optional<Position> from)
        : service_(service), place_(std::move(place)), filter_(std::move(filter)) {
        if (from) next_ = *from;
        is_placed_ = from.has_value();
    }

    Awaitable<std::string> next() override {
        if (is_over_) co_return "";
        if (is_behind_) co_return end("slow-reader");
        // Until the feed has looked for the first time it cannot say from where on it knows alerts.
        while (service_.feed.reach().view == nullptr && !service_.is_stopping()) {
            co_await place_->wakeup().wait_until(Clock::now() + service_.heartbeat);
        }
        if (!is_begun_) co_return begin();
        while (!service_.is_stopping()) {
            std::string text = co_await read();
            if (!text.empty()) co_return text;
            if (Clock::now() >= quiet_until_) co_return heartbeat();
            if (next_.leaf >= service_.feed.reach().next) {
                co_await place_->wakeup().wait_until(quiet_until_);
            }
        }
        co_return "";
    }
    void fall_behind() override { is_behind_ = true; }

private:
    void rest() { quiet_until_ = Clock::now() + service_.heartbeat; }

    std::string begin() {
        const auto view = service_.view();
        // From now on: what is certified by now is past.
        if (!is_placed_) next_ = {view->tip.tree_size, 0};
        is_begun_ = true;
        rest();
        client::api::Json data;
        data["institution"] = service_.facade.status().institution;
        data["height"] = view->tip.height;
        data["tree_size"] = view->tip.tree_size;
        data["alerts"] = filter_.alerts;
        data["alerts_from"] =
            std::max(service_.feed.reach().watched_from, service_.feed.alerts().complete_from());
        return "retry: 3000\n" + format_event(cursor(), "start", data.dump());
    }

    Awaitable<std::string> read() {
        const Feed::Reach reach = service_.feed.reach();
        if (next_.leaf >= reach.next) co_return "";
        auto some = [this, reach] {
            return read_events(reach, service_.feed.alerts(), filter_, next_);
        };
        EventPart part = co_await run_on(service_.work, std::move(some));
        next_ = part.next;
        if (part.last) last_ = part.last;
        if (!part.text.empty()) rest();
        co_return std::move(part.text);
    }

    // All that was read so far, sent or not: what follows it is neither lost nor repeated.
    std::string cursor() const {
        if (next_.ordinal > 0) return format_position({next_.leaf, next_.ordinal - 1});
        if (next_.leaf == 0) return std::string(from_start);
        const Position read{next_.leaf - 1, 0};
        return format_position(last_ ? std::max(*last_, read) : read);
    }

    std::string heartbeat() {
        rest();
        const auto view = service_.view();
        client::api::Json data;
        data["height"] = view->tip.height;
        data["time"] = format_time(static_cast<TimeMs>(view->tip.time_us / 1000));
        return format_event(cursor(), "heartbeat", data.dump());
    }

    std::string end(const char* reason) {
        is_over_ = true;
        service_.metrics.count_stream_end(reason);
        client::api::Json data;
        data["reason"] = reason;
        data["after"] = cursor();
        return format_event(cursor(), "end", data.dump());
    }

    ApiService& service_;
    std::unique_ptr<Feed::Place> place_;
    EventFilter filter_;
    Position next_;
    std::optional<Position> last_;
    Clock::time_point quiet_until_{};
    bool is_placed_ = false, is_begun_ = false, is_behind_ = false, is_over_ = false;
};

Refusal bad_cursor() {
    return Refusal{"invalid-cursor", "not the id of an event of this stream", "",
                   "Give the id of the last event that you have seen, or start."};
}

// Nothing: from now on. The header counts before the query: it is what a browser has read since.
Checked<std::optional<Position>> read_start(const ApiCall& call) {
    const std::string& seen = call.request.last_event_id;
    const std::string after = seen.empty() ? call.text("after") : seen;
    if (after.empty()) return std::optional<Position>();
    if (after == from_start) return std::optional(Position{});
    auto position = ledger::watch::parse_position(after);
    if (!position || position->ordinal == UINT32_MAX) return bad_cursor();
    if (position->leaf >= call.view->tip.tree_size) {
        return Refusal{"behind",
                       "this node has " + std::to_string(call.view->tip.tree_size) + " leaves", "",
                       ""};
    }
    position->ordinal += 1;
    return position;
}

Checked<EventFilter> read_filter(const ApiCall& call) {
    EventFilter filter;
    filter.subject = call.text("subject");
    filter.actor = call.text("actor");
    filter.provider = call.text("provider");
    auto types = parse_types(call.text("type"));
    if (!types) return types.error();
    filter.types = std::move(*types);
    for (int value = 1; value <= 5 && call.has("verdict"); ++value) {
        const auto verdict = static_cast<ledger::Verdict>(value);
        if (call.text("verdict") == ledger::verdict_name(verdict)) filter.verdict = verdict;
    }
    const std::string alerts = call.text("alerts");
    if (alerts != "" && alerts != "only" && alerts != "none") {
        return Refusal{"invalid-parameter", "alerts must be \"only\" or \"none\"", "", ""};
    }
    const bool is_watching = call.service.feed.settings().enabled;
    if (alerts == "only" && !is_watching) return watch_off();
    filter.entries = alerts != "only";
    filter.alerts = alerts != "none" && is_watching;
    return {boost::system::in_place_value, std::move(filter)};
}

}  // namespace

Awaitable<ApiReply> answer_events(const ApiCall& call) {
    auto filter = read_filter(call);
    if (!filter) co_return problem_reply(call.request, filter.error());
    auto from = read_start(call);
    if (!from) co_return problem_reply(call.request, from.error());
    ApiReply reply;
    reply.content_type = client::api::event_stream_type;
    reply.headers = {{"X-Accel-Buffering", "no"}};
    auto place = call.service.feed.enter();
    if (place == nullptr) {
        co_return problem_reply(call.request,
                                Refusal{"streams-full", "close one, or ask another node", "", ""});
    }
    reply.tail =
        std::make_shared<EventStream>(call.service, std::move(place), std::move(*filter), *from);
    co_return reply;
}

}  // namespace consentree::node
