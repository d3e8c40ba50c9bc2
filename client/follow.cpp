#include "client/follow.h"

#include "client/api_alerts.h"
#include "client/calls.h"
#include "client/proven.h"
#include "common/bytes.h"
#include "ledger/tlog_proof.h"
#include "ledger/watch/alert.h"

#include <thread>

namespace consentree::client {

namespace {

using ledger::watch::parse_position;

// The node speaks every 15 s at least.
constexpr std::chrono::milliseconds quiet_max{45'000};
constexpr std::chrono::milliseconds pause{1'000};

Failure broken(const std::string& why) {
    Failure failure;
    failure.kind = FailureKind::unreachable;
    failure.code = "stream-ended";
    failure.what = "the stream of events has ended";
    failure.why = why;
    failure.hint = "It is taken up again where it was; nothing is lost.";
    return failure;
}

Failure not_in_order(const ServerEvent& event) {
    Failure failure;
    failure.code = "node-answer-invalid";
    failure.what = "the node's events are not in the order of the log";
    failure.why = "one has the id \"" + event.id.substr(0, 64) + "\"";
    failure.hint = "Ask another node; this one is of another version, broken or lying.";
    return failure;
}

Failure not_that_entry(std::uint64_t index) {
    Failure failure;
    failure.kind = FailureKind::verification_failed;
    failure.code = "entry-not-proven";
    failure.what = "the node sent an entry " + std::to_string(index) +
                   " that is not the one in the log at that place";
    failure.hint = "Keep what it sent and tell the other institutions.";
    return failure;
}

bool may_pass(const Failure& failure) {
    return failure.kind == FailureKind::unreachable;
}

}  // namespace

Outcome<Done> Follower::run(const Follow& follow,
                            const OnEvent& on_event,
                            const OnBreak& on_break) {
    cursor_ = follow.after;
    for (;;) {
        const std::string before = cursor_;
        const auto failure = connect(follow, on_event);
        if (failure_) return *failure_;
        if (is_over_) return Done{};
        if (failure && !may_pass(*failure)) return *failure;
        if (!on_break(failure ? *failure : broken("the node closed it"))) return Done{};
        if (cursor_ == before) std::this_thread::sleep_for(pause);
    }
}

std::optional<Failure> Follower::connect(const Follow& follow, const OnEvent& on_event) {
    std::vector<Filter> filters = follow.filters;
    filters.push_back({"after", cursor_});
    HttpRequest request{.target = with_query("/v1/events", filters),
                        .accept = std::string(api::event_stream_type)};
    EventParser parser;
    bool is_too_large = false;
    trouble_.reset();
    const auto take_bytes = [&](std::string_view bytes) {
        const bool goes_on = parser.feed(
            bytes, [&](const ServerEvent& event) { return take(event, on_event) == Next::more; });
        is_too_large = !goes_on && !is_over_ && !failure_ && !trouble_;
        return goes_on;
    };
    const auto response = http_.stream(request, timeout_, quiet_max, take_bytes);
    if (!response) return response.error();
    if (response->status != 200) return failure_of(*response);
    if (trouble_) return trouble_;
    if (is_too_large) return invalid_answer(*response, "an event is larger than any can be");
    if (response->content_type != api::event_stream_type) {
        return invalid_answer(*response, "it is no stream of events");
    }
    return std::nullopt;
}

// Each entry and alert once, in the order of the log.
bool Follower::is_in_order(const ServerEvent& event) {
    const auto now = parse_position(event.id);
    const auto before = parse_position(cursor_);
    return now && (!before || *now > *before);
}

Follower::Next Follower::take(const ServerEvent& event, const OnEvent& on_event) {
    const bool is_shown = event.name == "entry" || event.name == "alert";
    if (!is_shown) {
        // start, heartbeat, end: how far the node has looked.
        const auto now = parse_position(event.id);
        const auto before = parse_position(cursor_);
        if (now && (!before || *now >= *before)) cursor_ = event.id;
        // An empty log: from now on is from the start.
        if (cursor_.empty() && event.id == "start") cursor_ = event.id;
        return Next::more;
    }
    if (!is_in_order(event)) {
        failure_ = not_in_order(event);
        return Next::stop;
    }
    auto shown = prove(event);
    if (!shown) {
        // Not now: the entry comes again with the next connection.
        (may_pass(shown.error()) ? trouble_ : failure_) = shown.error();
        return Next::stop;
    }
    cursor_ = event.id;
    is_over_ = !on_event(*shown);
    return is_over_ ? Next::stop : Next::more;
}

// Of an entry what the log has in that place, which the validators have signed; of an alert what
// the node says.
Outcome<FeedEvent> Follower::prove(const ServerEvent& event) const {
    FeedEvent shown{event.id, event.name, event.data, false, ""};
    if (event.name == "alert") {
        const auto alert = api::parse_alert(event.data);
        if (!alert) return not_in_order(event);
        shown.json = api::format(*alert);
        shown.why_not = "an alert is what one node makes of the log";
        return shown;
    }
    const auto said = api::parse_entry(event.data);
    if (!said || parse_position(event.id)->leaf != said->index) return not_in_order(event);
    shown.json = api::format(*said);
    if (receipts_ == nullptr) {
        shown.why_not = "there is no trust file";
        return shown;
    }
    auto verified = receipts_->get(said->tx_id, {said->position}, {});
    if (!verified) return verified.error();
    const ledger::ReceiptEntry& proven = verified->receipt.entries.front();
    const auto proof = ledger::parse_tlog_proof(proven.proof);
    const auto entry = ledger::decode_entry(proven.entry);
    if (!proof || !entry || proof->index != said->index) return not_that_entry(said->index);
    const std::string shown_json =
        api::format(entry_of({proof->index, entry->head, std::string(as_text(entry->event))}));
    if (shown_json != shown.json) return not_that_entry(said->index);
    shown.proven = true;
    return shown;
}

}  // namespace consentree::client
