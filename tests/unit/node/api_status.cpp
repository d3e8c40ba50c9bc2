// Health, status, metrics, parties, network; and where the server may listen.
#include "ledger/policy.h"
#include "node/clock.h"
#include "tests/unit/node/api_fixture.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

using namespace consentree;
using namespace consentree::node;
using namespace consentree::node::test;
using nlohmann::json;

TEST_CASE("api status: live and ready are different questions") {
    Harness harness;
    Caller caller(harness.server.port());
    CHECK(caller.get("/livez").body == "ok\n");
    CHECK(caller.get("/readyz").status == 200);
    CHECK(caller.get("/readyz?verbose").body ==
          "[+]storage ok\n[+]caught-up ok\n[+]quorum ok\n[+]vote-guard ok\nready\n");

    NodeStatus status = harness.node.status();
    status.now_ms = 0;  // Of the moment.
    for (PeerStatus& peer : status.peers) peer.connected = false;
    status.condition = "no quorum is connected";
    harness.node.set_status(status);
    CHECK(caller.get("/livez").status == 200);
    const Answer alone = caller.get("/readyz");
    CHECK(alone.status == 503);
    CHECK(alone.body == "[-]quorum failed: 1 of 3 validators needed are connected\nnot ready\n");
    CHECK(alone.headers.at("retry-after") == "1");
    const auto shown = client::api::parse_status(caller.get("/v1/status").body);
    REQUIRE(shown.has_value());
    CHECK_FALSE(shown->ready);
    CHECK(shown->condition == "no quorum is connected");
    CHECK(shown->connected == 1);
    CHECK(shown->quorum == 3);

    status.catching_up = true;
    status.may_vote = false;
    harness.node.set_status(status);
    const std::string body = caller.get("/readyz?verbose").body;
    CHECK(body.find("[+]storage ok\n") != std::string::npos);
    CHECK(body.find("[-]caught-up failed") != std::string::npos);
    CHECK(body.find("[-]vote-guard failed") != std::string::npos);
    CHECK(caller.get("/livez").status == 200);

    status.now_ms = wall_ms() - 20'000;
    harness.node.set_status(status);
    CHECK(caller.get("/livez").status == 503);
}

TEST_CASE("api status: metrics are Prometheus text without ids") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    Caller caller(harness.server.port());
    CHECK(caller.get("/v1/consents/c-1").status == 200);
    CHECK(caller.get("/v1/consents/c-9").status == 404);
    CHECK(caller.get("/no/such/path").status == 404);
    harness.metrics.count_refusal("busy");
    harness.metrics.count_refusal("some text of a stranger");
    const Answer answer = caller.get("/metrics");
    CHECK(answer.headers.at("content-type") == "text/plain; version=0.0.4; charset=utf-8");
    const std::string& text = answer.body;
    for (const char* line :
         {"consentree_build_info{version=\"", "consentree_ledger_height 1\n",
          "consentree_ledger_tree_size 3\n", "consentree_validators 4\n",
          "consentree_validators_missing 1\n", "process_resident_memory_bytes ",
          "process_cpu_seconds_total ",
          "consentree_transactions_rejected_total{reason=\"busy\"} 1\n",
          "consentree_transactions_rejected_total{reason=\"rejected\"} 1\n",
          "consentree_http_sessions ", "consentree_block_interval_seconds_count 0\n"}) {
        INFO(line);
        CHECK(text.find(line) != std::string::npos);
    }
    CHECK(text.find("route=\"/v1/consents/{consent_id}\"") != std::string::npos);
    for (const char* leak : {"c-1", "c-9", "sub:ann", "northbank", "no/such", "stranger"}) {
        INFO(leak);
        CHECK(text.find(leak) == std::string::npos);
    }
    const std::regex sample(R"([a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [-+0-9.eInfNa]+)");
    std::istringstream lines(text);
    std::size_t samples = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] == '#') continue;
        INFO(line);
        CHECK(std::regex_match(line, sample));
        ++samples;
    }
    CHECK(samples > 50);
}

TEST_CASE("api status: parties and network are what genesis says") {
    Harness harness;
    Caller caller(harness.server.port());
    const auto parties = client::api::parse_parties(caller.get("/v1/parties?limit=3").body);
    REQUIRE(parties.has_value());
    CHECK(parties->items.size() == 3);
    CHECK_FALSE(parties->complete);
    const auto rest =
        client::api::parse_parties(caller.get("/v1/parties?cursor=" + parties->next_cursor).body);
    REQUIRE(rest.has_value());
    CHECK(rest->items.size() == 1);
    const auto one = client::api::parse_party(caller.get("/v1/parties/northbank").body);
    REQUIRE(one.has_value());
    CHECK(one->validator == std::uint16_t{0});
    REQUIRE(one->keys.size() == 1);
    CHECK(one->keys[0].fingerprint == fingerprint(harness.world.partner.public_key()));
    CHECK(one->keys[0].roles == std::vector<std::string>{"submit"});
    CHECK(caller.get("/v1/parties/nobody").status == 404);

    const auto network = client::api::parse_network(caller.get("/v1/network").body);
    REQUIRE(network.has_value());
    CHECK(network->genesis == harness.world.genesis_json);
    CHECK(network->quorum == 3);
    CHECK(network->trust == ledger::format_policy(harness.world.genesis));
}

TEST_CASE("api status: problems explain themselves") {
    Harness harness;
    Caller caller(harness.server.port());
    const json all = json::parse(caller.get("/problems").body).at("items");
    CHECK(all.size() > 30);
    for (const json& kind : all) {
        const std::string path = kind.at("type");
        CHECK(json::parse(caller.get(path).body) == kind);
        CHECK(json::parse(caller.get("/problems/" + kind.at("code").get<std::string>()).body) ==
              kind);
    }
    CHECK(caller.get("/problems/none").status == 404);
}

TEST_CASE("api status: by itself the server listens on loopback only, and says why") {
    const World world;
    FakeNode node(world);
    Metrics metrics;
    for (const char* host : {"0.0.0.0", "192.0.2.1", "::"}) {
        ApiConfig config;
        config.host = host;
        ApiServer server(node, metrics, config);
        const auto started = server.start();
        INFO(host);
        REQUIRE_FALSE(started.has_value());
        CHECK(started.error().code == "api-not-loopback");
        CHECK(
            started.error().detail.find("TLS (api.certificate and api.private_key) and the tokens "
                                        "of its callers (api.callers)") != std::string::npos);
    }
    ApiServer first(node, metrics, {});
    REQUIRE(first.start().has_value());
    for (const char* host : {"example.org", ""}) {
        ApiConfig config;
        config.host = host;
        ApiServer server(node, metrics, config);
        const auto refused = server.start();
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == "api-listen-failed");
    }
    ApiConfig taken;
    taken.port = first.port();
    ApiServer second(node, metrics, taken);
    const auto started = second.start();
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().code == "api-listen-failed");
}
