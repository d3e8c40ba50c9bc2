// The event stream as the client reads it: bounded parsing, order, cursors, and the proof of what
// it shows.
#include "client/api.h"
#include "client/client.h"
#include "client/event_stream.h"
#include "common/files.h"
#include "common/time.h"
#include "tests/unit/client/fake_node.h"
#include "tests/unit/client/temporary_home.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;

namespace {

std::vector<std::string> parsed(std::string_view text) {
    EventParser parser;
    std::vector<std::string> events;
    CHECK(parser.feed(text, [&](const ServerEvent& event) {
        events.push_back(event.id + "|" + event.name + "|" + event.data);
        return true;
    }));
    return events;
}

const std::string one_event = R"({"type":"access.request","n":1})";

// A ledger with one transaction of two events, behind a node that streams what a test tells it to.
class Streaming {
public:
    Streaming() {
        const std::string trust = home.file("trust.policy");
        REQUIRE(replace_file(trust, ledger.trust_text()));
        Options options;
        options.urls = {node.url()};
        options.trust = trust;
        options.key = SigningKey::generate();
        options.coalesce = std::chrono::milliseconds(0);
        auto made = Client::connect(std::move(options));
        REQUIRE(made);
        client.emplace(std::move(*made));
        const auto submitted = client->submit_events({one_event, one_event});
        REQUIRE(submitted);
        tx_id = submitted->tx_id;
    }
    api::Entry entry(std::uint32_t position) const {
        api::Entry entry;
        entry.index = 5 + position;
        entry.height = 12;
        entry.time = format_time(1'795'000'000'123);  // As the ledger behind it has it.
        entry.tx_id = tx_id;
        entry.position = position;
        entry.type = "access.request";
        entry.verdict = "PERMIT";
        entry.event = one_event;
        return entry;
    }
    static std::string event(const std::string& id, const api::Entry& entry) {
        return "id: " + id + "\nevent: entry\ndata: " + api::format(entry) + "\n\n";
    }
    // Until the node ends a stream of its own accord, or the follower has had enough.
    Outcome<Done> follow(const std::string& after = "start", int breaks = 0) {
        return client->follow(
            {{}, after},
            [this](const FeedEvent& event) {
                shown.push_back(event);
                return true;
            },
            [&breaks](const Failure&) { return breaks-- > 0; });
    }

    TemporaryHome home;
    FakeLedger ledger;
    std::vector<std::string> streams;  // What each further stream says.
    std::vector<std::string> targets;
    FakeNode node{[this](const FakeRequest& request) {
        if (!request.target.starts_with("/v1/events")) return ledger.answer(request);
        targets.push_back(request.target);
        const std::string text = streams.empty() ? "" : streams.front();
        if (!streams.empty()) streams.erase(streams.begin());
        return http_reply(200, text, "text/event-stream");
    }};
    std::optional<Client> client;
    std::string tx_id;
    std::vector<FeedEvent> shown;
};

}  // namespace

TEST_CASE("follow: events are parsed as the standard says, however they are cut") {
    CHECK(parsed("id: 1\nevent: entry\ndata: {}\n\n") == std::vector<std::string>{"1|entry|{}"});
    CHECK(parsed("\xef\xbb\xbf: note\r\ndata:a\r\ndata: b\r\n\r\n") ==
          std::vector<std::string>{"||a\nb"});
    CHECK(parsed("data\rretry: 3\r\rid: 2\n\nnonsense\ndata: x\n").size() == 1);
    CHECK(parsed("event: lost\n\ndata: kept\n\n") == std::vector<std::string>{"||kept"});
    EventParser parser;
    const auto never = [](const ServerEvent&) { return false; };
    CHECK(parser.feed("data: " + std::string(EventParser::event_bytes_max - 6, 'x'), never));
    CHECK_FALSE(parser.feed("x", never));
    EventParser lines;
    bool is_within = true;
    for (int k = 0; k < 1000 && is_within; ++k)
        is_within = lines.feed("data: " + std::string(999, 'x') + "\n", never);
    CHECK_FALSE(is_within);
}

TEST_CASE("follow: entries are shown once they are proven, and a broken stream is taken up again") {
    Streaming scene;
    scene.streams = {
        "id: 4.0\nevent: start\ndata: {}\n\n" + Streaming::event("5.0", scene.entry(0)),
        Streaming::event("6.0", scene.entry(1)) +
            "id: 7.0\nevent: heartbeat\ndata: {}\n\nevent: end\ndata: {}\n\n"};
    const auto followed = scene.follow("start", 1);
    INFO((followed ? "" : followed.error().what_to_do()));
    REQUIRE(followed.has_value());
    REQUIRE(scene.shown.size() == 2);
    CHECK(scene.shown[0].proven);
    CHECK(scene.shown[1].id == "6.0");
    CHECK(api::parse_entry(scene.shown[1].json)->position == 1);
    CHECK(scene.targets ==
          std::vector<std::string>{"/v1/events?after=start", "/v1/events?after=5.0"});
}

TEST_CASE("follow: an entry that the log does not have in that place ends it") {
    const auto outcome_of = [](auto twist, const std::string& id = "5.0") {
        Streaming scene;
        api::Entry entry = scene.entry(0);
        twist(entry);
        scene.streams = {Streaming::event(id, entry)};
        const auto over = scene.follow();
        CHECK(scene.shown.empty());
        REQUIRE_FALSE(over);
        return over.error().code;
    };
    CHECK(outcome_of([](api::Entry& entry) { entry.verdict = "DENY"; }) == "entry-not-proven");
    CHECK(outcome_of([](api::Entry& entry) {
              entry.event = R"({"type":"access.request","n":2})";
          }) == "entry-not-proven");
    CHECK(outcome_of([](api::Entry& entry) { entry.position = 1; }) == "entry-not-proven");
    CHECK(outcome_of([](api::Entry& entry) { entry.index = 6; }, "6.0") == "entry-not-proven");
    CHECK(outcome_of([](api::Entry& entry) { entry.index = 6; }) == "node-answer-invalid");
    CHECK(outcome_of([](api::Entry& entry) { entry.tx_id = std::string(64, '0'); }) ==
          "transaction-unknown");
}

TEST_CASE("follow: events that go back, or are none, end it") {
    Streaming scene;
    const std::string first = Streaming::event("5.0", scene.entry(0));
    for (const std::string& text : {first + first, std::string("id: x\nevent: entry\ndata: {}\n\n"),
                                    std::string("event: alert\ndata: {}\n\n"),
                                    std::string("id: 6.1\nevent: alert\ndata: {}\n\n")}) {
        scene.streams = {text};
        const auto over = scene.follow();
        REQUIRE_FALSE(over);
        CHECK(over.error().code == "node-answer-invalid");
    }
    // Nor is an event that has no end kept.
    scene.streams = {"data: " + std::string(EventParser::event_bytes_max, 'x')};
    CHECK(scene.follow().error().code == "node-answer-invalid");
}

TEST_CASE("follow: a refusal is told, and not tried again") {
    TemporaryHome home;
    int calls = 0;
    FakeNode node([&calls](const FakeRequest&) {
        ++calls;
        return http_reply(400, R"({"type":"/problems/invalid-cursor","title":"no","status":400})",
                          "application/problem+json");
    });
    Options options;
    options.urls = {node.url()};
    auto client = Client::connect(std::move(options));
    REQUIRE(client);
    const auto over = client->follow(
        {{}, "x"}, [](const FeedEvent&) { return true; }, [](const Failure&) { return true; });
    REQUIRE_FALSE(over);
    CHECK(over.error().code == "invalid-cursor");
    CHECK(calls == 1);
}
