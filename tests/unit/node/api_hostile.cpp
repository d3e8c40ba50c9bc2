// Peers that break the rules of HTTP, or take their time.
#include "common/limits.h"
#include "tests/unit/node/api_fixture.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node;
using namespace consentree::node::test;
using namespace std::chrono_literals;
namespace api = consentree::client::api;

namespace {

// Sends raw bytes on a connection of their own; the answer must close it.
void require_closed_with(Harness& harness,
                         std::string_view raw,
                         unsigned status,
                         const std::string& name) {
    Caller caller(harness.server.port());
    caller.send(raw);
    const auto answer = caller.receive();
    REQUIRE(answer);
    INFO(answer->body);
    CHECK(answer->status == status);
    CHECK_FALSE(answer->keep_alive);
    const auto problem = api::parse_problem(answer->body);
    REQUIRE(problem.has_value());
    CHECK(problem->name() == name);
    CHECK_FALSE(caller.receive());
}

bool still_serves(Harness& harness) {
    Caller caller(harness.server.port());
    return caller.get("/livez").status == 200;
}

}  // namespace

TEST_CASE("api hostile: framing that lies or is ambiguous is refused and closed") {
    Harness harness;
    const std::string head = "POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\n";
    require_closed_with(harness,
                        head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        400, "bad-request");
    require_closed_with(harness,
                        head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                        400, "bad-request");
    require_closed_with(harness, head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nxxxxxx", 400,
                        "bad-request");
    require_closed_with(harness, head + "Content-Length: -1\r\n\r\n", 400, "bad-request");
    require_closed_with(harness, head + "Content-Length: 99999999999999999999999\r\n\r\n", 400,
                        "bad-request");
    require_closed_with(harness, head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400,
                        "bad-request");
    require_closed_with(harness, "GARBAGE\r\n\r\n", 400, "bad-request");
    require_closed_with(harness, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
                        400, "bad-request");
    require_closed_with(harness, "GET /livez HTTP/1.1\r\nHost: a\r\n bad fold\r\n\r\n", 421,
                        "host-unknown");
    require_closed_with(harness, "GET /livez HTTP/1.1\r\n\r\n", 400, "bad-request");
    require_closed_with(harness, "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400,
                        "bad-request");
    require_closed_with(harness, "GET /livez HTTP/1.1\r\nHost: rebound.example:80\r\n\r\n", 421,
                        "host-unknown");
    require_closed_with(harness, head + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
                        415, "unsupported-media-type");
    CHECK(still_serves(harness));
}

TEST_CASE("api hostile: headers and bodies beyond the limits are refused") {
    Harness harness;
    require_closed_with(harness,
                        "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " +
                            std::string(limits::http_header_bytes, 'x') + "\r\n\r\n",
                        431, "header-too-large");
    require_closed_with(harness, "GET /" + std::string(limits::http_header_bytes, 'x'), 431,
                        "header-too-large");
    const std::string size = std::to_string(limits::http_body_bytes + 1);
    require_closed_with(harness,
                        "POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                            size + "\r\n\r\nstart",
                        413, "too-large");
    std::string chunks =
        "POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 40; ++i) chunks += "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    require_closed_with(harness, chunks, 413, "too-large");
    CHECK(still_serves(harness));
}

TEST_CASE("api hostile: a header or body that trickles is ended by its deadline") {
    ApiConfig config;
    config.header_time = 30ms;
    config.body_time = 30ms;
    Harness harness(config);
    require_closed_with(harness, "GET /livez HT", 408, "request-timeout");
    require_closed_with(harness,
                        "POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\n"
                        "Content-Length: 100\r\n\r\nonly this",
                        408, "request-timeout");
    CHECK(still_serves(harness));
}

TEST_CASE("api hostile: an idle connection is closed without an answer") {
    ApiConfig config;
    config.idle_time = 30ms;
    Harness harness(config);
    Caller silent(harness.server.port());
    CHECK_FALSE(silent.receive());
    Caller caller(harness.server.port());
    CHECK(caller.get("/livez").status == 200);
    CHECK_FALSE(caller.receive());
}

TEST_CASE("api hostile: beyond the connection limit a peer gets 503, and a place once one ends") {
    ApiConfig config;
    config.sessions = 2;
    Harness harness(config);
    auto first = std::make_unique<Caller>(harness.server.port());
    Caller second(harness.server.port());
    CHECK(first->get("/livez").status == 200);
    CHECK(second.get("/livez").status == 200);
    {
        Caller third(harness.server.port());
        const auto full = third.receive();
        REQUIRE(full);
        CHECK(full->status == 503);
        CHECK(api::parse_problem(full->body)->name() == "sessions-full");
    }
    first.reset();
    // The place is free as soon as the server has seen the end of the first connection.
    std::optional<Answer> served;
    while (!served || served->status == 503) {
        Caller again(harness.server.port());
        again.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
        served = again.receive();
    }
    CHECK(served->status == 200);
}

TEST_CASE("api hostile: pipelined requests are answered in order") {
    Harness harness;
    Caller caller(harness.server.port());
    std::string raw;
    const std::vector<std::pair<std::string, unsigned>> paths{
        {"/livez", 200}, {"/v1/entries/7", 404}, {"/version", 200}, {"/no", 404}};
    for (const auto& [path, status] : paths) {
        raw += "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }
    caller.send(raw);
    for (const auto& [path, status] : paths) {
        INFO(path);
        const auto answer = caller.receive();
        REQUIRE(answer);
        CHECK(answer->status == status);
    }
}

TEST_CASE("api hostile: 100-continue, HTTP/1.0 and early ends are handled") {
    Harness harness;
    {
        Caller caller(harness.server.port());
        caller.send(
            "POST /v1/consents:check HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n");
        const auto go_on = caller.receive();
        REQUIRE(go_on);
        CHECK(go_on->status == 100);
        caller.send("{}");
        const auto answer = caller.receive();
        REQUIRE(answer);
        CHECK(answer->status == 422);
    }
    {
        Caller caller(harness.server.port());
        caller.send("GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n");
        const auto answer = caller.receive();
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK_FALSE(caller.receive());
    }
    for (const char* part : {"", "GET /li",
                             "POST /v1/consents:check HTTP/1.1\r\nHost: localhost\r\n"
                             "Content-Length: 10\r\n\r\nabc"}) {
        Caller caller(harness.server.port());
        caller.send(part);
    }
    CHECK(still_serves(harness));
}

TEST_CASE("api hostile: the server stops while callers wait") {
    auto harness = std::make_unique<Harness>();
    harness->node.hold(true);
    const std::string bytes =
        harness->transaction(harness->world.partner, {request_event("c-1", "sub:ann")});
    Caller caller(harness->server.port());
    caller.send(
        "POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=30\r\n"
        "Content-Type: application/vnd.consentree.tx\r\nContent-Length: " +
        std::to_string(bytes.size()) + "\r\n\r\n" + bytes);
    while (harness->node.watchers() == 0) std::this_thread::yield();
    harness->server.stop();
    CHECK(harness->node.watchers() == 0);
    CHECK_FALSE(caller.receive());
}
