// Policies over real sockets, and what a consent's scheme says when it is asked first.
#include "client/api_policy.h"
#include "common/hash.h"
#include "tests/unit/node/api_fixture.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace consentree;
using namespace consentree::node::test;
using nlohmann::json;
namespace api = consentree::client::api;

namespace {

std::string scheme(int version, const std::string& members = "") {
    return R"({"schema":"consentree/scheme/1","id":"house","version":)" + std::to_string(version) +
           R"(,"title":"House rules")" + members + "}";
}

}  // namespace

TEST_CASE("api policies: what is in force, what waits, and earlier versions") {
    Harness harness;
    Caller caller(harness.server.port());
    CHECK(api::parse_policies(caller.get("/v1/policies").body)->items.empty());
    CHECK(caller.get("/v1/policies/house").status == 404);
    harness.put_in_force("house", 1, scheme(1));
    harness.put_in_force("house", 2, scheme(2));
    harness.put_in_force("annex", 1,
                         R"({"schema":"consentree/vocabulary/1","id":"annex","version":1,)"
                         R"("title":"T","terms":[{"code":"research"}]})");
    harness.commit(harness.world.admins[0], {R"({"type":"policy.propose","policy":)" + scheme(3) +
                                             R"(,"occurred_at":")" + now_text() + "\"}"});
    const auto page = api::parse_policies(caller.get("/v1/policies?limit=1").body);
    REQUIRE(page.has_value());
    REQUIRE(page->items.size() == 1);
    CHECK(page->items[0].id == "annex");
    CHECK(page->items[0].type == "vocabulary");
    CHECK_FALSE(page->complete);
    const auto rest =
        api::parse_policies(caller.get("/v1/policies?limit=1&cursor=" + page->next_cursor).body);
    REQUIRE(rest->items.size() == 1);
    CHECK(rest->complete);
    CHECK(rest->items[0].id == "house");
    CHECK(rest->items[0].in_force->document.empty());

    const auto house = api::parse_policy(caller.get("/v1/policies/house").body);
    REQUIRE(house.has_value());
    REQUIRE(house->in_force);
    CHECK(house->in_force->version == 2);
    CHECK(house->in_force->document == scheme(2));
    CHECK(house->in_force->sha256 == to_hex(sha256(as_bytes(scheme(2))).view()));
    CHECK(house->in_force->proposed_by == "medcare");
    CHECK(house->in_force->approved_by == std::vector<std::string>{"medcare", "citygov", "unilab"});
    REQUIRE(house->proposals.size() == 1);
    CHECK(house->proposals[0].approved_by == std::vector<std::string>{"medcare"});
    CHECK(house->proposals[0].in_force_since.empty());
    CHECK(api::parse_policy(caller.get("/v1/policies/house?version=1").body)->in_force->document ==
          scheme(1));
    CHECK(caller.get("/v1/policies/house?version=3").status == 404);
    CHECK(caller.get("/v1/policies/house?version=0").status == 404);
}

TEST_CASE("api policies: check says in words which limit of the scheme is exceeded") {
    Harness harness;
    Caller caller(harness.server.port());
    harness.put_in_force("house", 1,
                         scheme(1, R"(,"requests":{"unlisted":"allowed","rows":[{"id":"month",)"
                                   R"("for":{"purpose":"research"},"data_range":{"month":1}}]})"));
    std::string request = request_event("c-1", "sub:ann");
    const std::string place = R"("provider":)";
    request.insert(request.find(place), R"("scheme":"house",)");
    harness.commit(harness.world.partner, {request, authorise_event("c-1", "sub:ann")});
    json question{{"subject", "sub:ann"},
                  {"recipient", "unilab"},
                  {"purpose", "research"},
                  {"data", {"lab-results"}},
                  {"data_from", "2026-01-31T00:00:00.000Z"}};
    const auto ask = [&] {
        const auto answer = caller.call("POST", "/v1/consents:check", question.dump());
        INFO(answer.body);
        return api::parse_check_answer(answer.body).value();
    };
    CHECK(ask().allowed);  // Without an end it is taken as within the limit.
    question["data_until"] = "2026-02-28T00:00:00.000Z";
    CHECK(ask().allowed);
    question["data_until"] = "2026-02-28T00:00:00.001Z";
    const auto answer = ask();
    CHECK_FALSE(answer.allowed);
    CHECK(answer.reason == "SCHEME_LIMIT");
    CHECK(answer.scheme_rules ==
          std::vector<std::string>{
              "requests/month: the row allows at most 1 month of data, which from "
              "2026-01-31T00:00:00.000Z is until 2026-02-28T00:00:00.000Z; this asks until "
              "2026-02-28T00:00:00.001Z"});
}
