#include "client/api_alerts.h"
#include "tests/unit/node/event_caller.h"

using namespace consentree;
using namespace consentree::node;
using namespace consentree::node::test;

namespace {

using Names = std::vector<std::string>;

// Two consents; unilab asks under the first, it is withdrawn, and unilab asks again: leaves 0 to 9.
void record_some(Harness& harness) {
    harness.grant("c-1", "sub:ann");                                                // 0, 1
    harness.commit(harness.world.medcare, {access_event("e1", "c-1", "sub:ann")});  // 3
    harness.commit(harness.world.partner, {withdraw_event("c-1")});                 // 5
    harness.commit(harness.world.medcare, {access_event("e2", "c-1", "sub:ann")});  // 7
    harness.grant("c-2", "sub:bea");                                                // 9, 10
}
const Names everything{"0.0 entry", "1.0 entry", "3.0 entry", "5.0 entry",
                       "7.0 entry", "7.1 alert", "9.0 entry", "10.0 entry"};

unsigned status_of(Harness& harness, const std::string& query, const std::string& headers = "") {
    EventCaller caller(harness.server.port(), query, headers);
    return caller.status();
}

}  // namespace

TEST_CASE("events: from the start, in the order of the log, each as the other reads have it") {
    Harness harness;
    record_some(harness);
    EventCaller stream(harness.server.port(), "?after=start");
    CHECK(stream.status() == 200);
    CHECK(stream.header("Content-Type") == "text/event-stream");
    CHECK(stream.header("Cache-Control") == "no-store");
    CHECK(stream.header("X-Accel-Buffering") == "no");
    const auto start = stream.any();
    REQUIRE(start);
    CHECK(start->name == "start");
    CHECK(start->data.find("\"alerts_from\":0") != std::string::npos);
    Names seen;
    for (std::size_t k = 0; k < everything.size(); ++k) {
        const auto event = stream.next();
        REQUIRE(event);
        seen.push_back(event->id + " " + event->name);
        if (event->name != "entry") continue;
        auto entry = client::api::parse_entry(event->data);
        REQUIRE(entry.has_value());
        const auto same = client::api::parse_entry(
            Caller(harness.server.port()).get("/v1/entries/" + std::to_string(entry->index)).body);
        REQUIRE(same.has_value());
        entry->entry = same->entry;
        CHECK(client::api::format(*entry) == client::api::format(*same));
    }
    CHECK(seen == everything);
}

TEST_CASE("events: what is committed arrives, and a stream without cursor begins now") {
    Harness harness;
    record_some(harness);
    EventCaller stream(harness.server.port(), "");
    const auto start = stream.any();
    REQUIRE(start);
    CHECK(start->id == "11.0");
    harness.commit(harness.world.medcare, {access_event("e3", "c-2", "sub:bea")});
    harness.commit(harness.world.medcare, {access_event("e4", "c-1", "sub:ann")});
    CHECK(stream.names(3) == Names{"12.0 entry", "14.0 entry", "14.1 alert"});
}

TEST_CASE("events: whoever comes back with the last id misses nothing and sees nothing twice") {
    Harness harness;
    record_some(harness);
    for (std::size_t seen = 1; seen <= everything.size(); ++seen) {
        std::string last;
        Names names;
        {
            EventCaller stream(harness.server.port(), "?after=start");
            names = stream.names(seen);
            last = names.back().substr(0, names.back().find(' '));
        }
        const bool by_header = seen % 2 == 0;
        EventCaller again(harness.server.port(), by_header ? "?after=start" : "?after=" + last,
                          by_header ? "Last-Event-ID: " + last + "\r\n" : "");
        for (const std::string& name : again.names(everything.size() - seen)) names.push_back(name);
        CHECK(names == everything);
    }
    // Another process of the node: the cursor is a place in the log, and the alerts are found
    // again.
    ApiServer other(harness.node, harness.metrics, {});
    REQUIRE(other.start().has_value());
    EventCaller stream(other.port(), "?after=5.0");
    CHECK(stream.names(2) == Names{"7.0 entry", "7.1 alert"});
}

TEST_CASE(
    "events: a heartbeat says how far the node has looked, so that a rare reader need not look "
    "again") {
    ApiConfig config;
    config.heartbeat = std::chrono::milliseconds(20);
    Harness harness(config);
    record_some(harness);
    EventCaller stream(harness.server.port(), "?after=start&type=access.breach");
    std::optional<client::ServerEvent> event;
    do {
        event = stream.any();
        REQUIRE(event);
    } while (event->id != "11.0");
    CHECK(event->name == "heartbeat");
    CHECK(event->data.find("\"height\":5") != std::string::npos);
}

TEST_CASE("events: filters choose by the index, by type, by verdict, and by alert") {
    Harness harness;
    record_some(harness);
    const std::vector<std::pair<std::string, Names>> cases{
        {"subject=sub:bea", {"9.0 entry", "10.0 entry"}},
        {"subject=sub:nobody", {}},
        {"subject=sub:ann&type=consent.*", {"0.0 entry", "1.0 entry", "5.0 entry", "7.1 alert"}},
        {"subject=sub:bea&actor=unilab", {"9.0 entry", "10.0 entry"}},
        {"actor=unilab&subject=sub:ann&verdict=DENY", {"7.0 entry", "7.1 alert"}},
        {"provider=unilab", {}},
        {"type=access.request,consent.withdraw&alerts=none",
         {"3.0 entry", "5.0 entry", "7.0 entry"}},
        {"alerts=only", {"7.1 alert"}},
        {"alerts=only&subject=sub:bea", {}},
        {"verdict=PERMIT&alerts=none", {"3.0 entry"}},
    };
    for (const auto& [query, expected] : cases) {
        INFO(query);
        EventCaller stream(harness.server.port(), "?after=start&" + query);
        CHECK(stream.names(expected.size()) == expected);
        // Nothing else lies between them and the next that all filters but the first let through.
        REQUIRE(stream.status() == 200);
    }
    // What comes last in each proves that nothing came in between.
    EventCaller stream(harness.server.port(), "?after=start&type=consent.withdraw&alerts=none");
    CHECK(stream.names(1) == Names{"5.0 entry"});
    harness.grant("c-3", "sub:ann");
    harness.commit(harness.world.partner, {withdraw_event("c-3")});
    CHECK(stream.names(1) == Names{"15.0 entry"});
}

TEST_CASE("events: hostile cursors and filters are refused in words") {
    Harness harness;
    record_some(harness);
    for (const char* cursor : {"x", "7", "7.", "07.0", "7.0.0", "-1.0", "7.4294967295", "1e3.0",
                               "99999999999999999999.0", "%00", "7.0%0d%0aX:%20y"}) {
        INFO(cursor);
        CHECK(status_of(harness, std::string("?after=") + cursor) == 400);
    }
    const std::string long_id(9000, '7');
    CHECK(status_of(harness, "", "Last-Event-ID: " + long_id + "\r\n") == 400);
    CHECK(status_of(harness, "", "Last-Event-ID: 7.0\r\nLast-Event-ID: 9.0\r\n") == 400);
    CHECK(status_of(harness, "", "Last-Event-ID: " + std::string(20'000, '7') + "\r\n") == 431);
    CHECK(status_of(harness, "?after=12.0") == 503);
    for (const char* query :
         {"?type=access", "?type=access.nothing", "?type=.*", "?type=,", "?alerts=yes",
          "?verdict=MAYBE", "?after=start&after=start", "?x=1"}) {
        INFO(query);
        CHECK(status_of(harness, query) == 400);
    }
    std::string many = "?type=access.use";
    for (int k = 0; k < 16; ++k) many += ",access.use";
    CHECK(status_of(harness, many) == 400);
    Caller caller(harness.server.port());
    const Answer answer = caller.get("/v1/events?after=x");
    CHECK(client::api::parse_problem(answer.body)->name() == "invalid-cursor");
    CHECK(caller.call("HEAD", "/v1/events").status == 200);
    CHECK(Caller(harness.server.port()).call("POST", "/v1/events").status == 405);
}

TEST_CASE("events: streams are counted, and the one too many is refused") {
    ApiConfig config;
    config.streams = 1;
    config.heartbeat = std::chrono::milliseconds(10);
    Harness harness(config);
    record_some(harness);
    {
        EventCaller first(harness.server.port(), "?after=start");
        CHECK(first.names(1).size() == 1);
        const Answer refused = Caller(harness.server.port()).get("/v1/events");
        CHECK(refused.status == 503);
        CHECK(refused.headers.at("retry-after") == "1");
        CHECK(client::api::parse_problem(refused.body)->name() == "streams-full");
        CHECK(Caller(harness.server.port()).get("/v1/alerts").status == 200);
    }
    // Its place is free once the server has noticed, at the next heartbeat.
    while (status_of(harness, "") != 200) {
    }
}

TEST_CASE("events: an old client without chunks gets the same events") {
    Harness harness;
    record_some(harness);
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket(context);
    socket.connect({boost::asio::ip::address_v4::loopback(), harness.server.port()});
    boost::asio::write(
        socket, boost::asio::buffer(
                    std::string("GET /v1/events?after=start HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")));
    std::string text;
    while (text.find("id: 10.0\nevent: entry\n") == std::string::npos) {
        char part[1024];
        text.append(part, socket.read_some(boost::asio::buffer(part)));
    }
    CHECK(text.find("Transfer-Encoding") == std::string::npos);
    CHECK(text.find("\r\n\r\nretry: 3000\nid: start\nevent: start\n") != std::string::npos);
}

TEST_CASE("events: a reader that does not read is cut off, and goes on by cursor") {
    ApiConfig config;
    config.write_time = std::chrono::milliseconds(100);
    Harness harness(config);
    // More than the buffers of two sockets hold.
    const std::string note(8000, 'x');
    std::size_t count = 0;
    for (int block = 0; block < 16; ++block) {
        std::vector<std::string> events;
        for (int k = 0; k < 60; ++k, ++count) {
            std::string event = request_event("c-" + std::to_string(count), "sub:ann");
            event.insert(event.find("\"schema\""), "\"evidence_sig\":\"" + note + "\",");
            events.push_back(std::move(event));
        }
        harness.commit(harness.world.partner, events);
    }
    EventCaller stream(harness.server.port(), "?after=start&alerts=none");
    CHECK(stream.status() == 200);
    // The server has given up: its place is free.
    const auto streams = [&] {
        const std::string text = Caller(harness.server.port()).get("/metrics").body;
        return text.find("\nconsentree_event_streams 0") == std::string::npos;
    };
    while (streams()) {
    }
    std::size_t seen = 0;
    std::string last;
    for (auto event = stream.next(); event; event = stream.next()) {
        if (event->name != "entry") continue;
        ++seen;
        last = event->id;
    }
    CHECK(seen < count);
    EventCaller again(harness.server.port(), "?alerts=none&after=" + last);
    for (; seen < count; ++seen) REQUIRE(again.next());
}

TEST_CASE("events: the list of alerts, its filters and pages") {
    Harness harness;
    record_some(harness);
    harness.commit(harness.world.medcare, {access_event("e5", "c-1", "sub:ann")});
    // The feed runs behind the reads by a moment.
    EventCaller stream(harness.server.port(), "?after=start&alerts=only");
    REQUIRE(stream.names(2).size() == 2);
    Caller caller(harness.server.port());
    const auto list = [&](const std::string& query) {
        const Answer answer = caller.get("/v1/alerts" + query);
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        const auto page = client::api::parse_alerts(answer.body);
        REQUIRE(page.has_value());
        return *page;
    };
    const auto all = list("");
    REQUIRE(all.page.items.size() == 2);
    CHECK(all.open == 2);
    CHECK(all.watched_from == 0);
    CHECK(all.watched_to == 14);
    const client::api::Alert& newest = all.page.items.front();
    CHECK(newest.id == "after-end:12");
    CHECK(newest.severity == "warning");
    CHECK(newest.index == 12);
    CHECK(newest.height == 6);
    CHECK(newest.cursor == "12.1");
    CHECK(newest.subject == "sub:ann");
    CHECK(newest.provider == "medcare");
    CHECK(newest.ended.empty());
    CHECK(list("?order=asc").page.items.front().id == "after-end:7");
    CHECK(
        list("?open&rule=after-end&severity=warning&actor=unilab&consent=c-1").page.items.size() ==
        2);
    CHECK(list("?severity=serious").page.items.empty());
    CHECK(list("?subject=sub:bea").page.items.empty());
    const auto first = list("?limit=1");
    CHECK_FALSE(first.page.complete);
    const auto second = list("?limit=1&cursor=" + first.page.next_cursor);
    CHECK(second.page.items.front().id == "after-end:7");
    CHECK(second.page.complete);
    CHECK(caller.get("/v1/alerts?rule=none").status == 400);
    CHECK(caller.get("/v1/alerts?severity=9").status == 400);
}

TEST_CASE("events: with the rules switched off there are entries and no alerts") {
    ApiConfig config;
    config.watch.enabled = false;
    Harness harness(config);
    record_some(harness);
    EventCaller stream(harness.server.port(), "?after=start");
    CHECK(stream.names(7) == Names{"0.0 entry", "1.0 entry", "3.0 entry", "5.0 entry", "7.0 entry",
                                   "9.0 entry", "10.0 entry"});
    Caller caller(harness.server.port());
    for (const char* target : {"/v1/alerts", "/v1/events?alerts=only"}) {
        const Answer answer = caller.get(target);
        CHECK(answer.status == 404);
        CHECK(client::api::parse_problem(answer.body)->name() == "watch-off");
    }
}

TEST_CASE("events: a node that reads back less knows less, and says so") {
    ApiConfig config;
    config.watch.read_back = 3;
    Harness harness;
    record_some(harness);
    ApiServer other(harness.node, harness.metrics, config);
    REQUIRE(other.start().has_value());
    EventCaller stream(other.port(), "?after=start");
    CHECK(stream.any()->data.find("\"alerts_from\":9") != std::string::npos);
    CHECK(stream.names(7).back() == "10.0 entry");
}
