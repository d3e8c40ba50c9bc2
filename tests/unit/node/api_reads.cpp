// Reading over real sockets: consents, entries, pages, proofs.
#include "ledger/checkpoint.h"
#include "ledger/entry.h"
#include "ledger/evidence.h"
#include "ledger/merkle.h"
#include "tests/unit/node/api_fixture.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace consentree;
using namespace consentree::node::test;
using nlohmann::json;
namespace api = consentree::client::api;

namespace {

json get_json(Caller& caller, const std::string& target) {
    const Answer answer = caller.get(target);
    INFO(target << " " << answer.body);
    REQUIRE(answer.status == 200);
    return json::parse(answer.body);
}

std::string problem_name(const Answer& answer) {
    const auto problem = api::parse_problem(answer.body);
    REQUIRE(problem.has_value());
    return problem->name();
}

}  // namespace

TEST_CASE("api reads: consents are listed, filtered and shown with their record") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    harness.grant("c-2", "sub:bob");
    harness.commit(harness.world.partner, {withdraw_event("c-2")});
    Caller caller(harness.server.port());
    const auto all = api::parse_consents(caller.get("/v1/consents").body);
    REQUIRE(all.has_value());
    CHECK(all->items.size() == 2);
    CHECK(all->complete);
    CHECK(all->as_of_height == 3);
    const auto listed = [&caller](const std::string& query) {
        std::vector<std::string> ids;
        const json page = get_json(caller, "/v1/consents?" + query);
        for (const auto& item : page.at("items")) {
            ids.push_back(item.at("consent_id"));
        }
        return ids;
    };
    using Ids = std::vector<std::string>;
    CHECK(listed("order=asc") == Ids{"c-1", "c-2"});
    CHECK(listed("order=desc") == Ids{"c-2", "c-1"});
    CHECK(listed("subject=sub:ann") == Ids{"c-1"});
    CHECK(listed("subject=sub%3Aann&state=active") == Ids{"c-1"});
    CHECK(listed("state=withdrawn") == Ids{"c-2"});
    CHECK(listed("recipient=unilab&provider=medcare&purpose=research&state=active") == Ids{"c-1"});
    CHECK(listed("recipient=citygov").empty());
    CHECK(listed("expires_before=2000-01-01").empty());

    const auto one = api::parse_consent(caller.get("/v1/consents/c-1").body);
    REQUIRE(one.has_value());
    CHECK(one->state == "active");
    CHECK(one->recipients == std::vector<std::string>{"unilab"});
    CHECK(json::parse(one->record).at("notice").at("language") == "en");
    CHECK(get_json(caller, "/v1/consents/c-1?issuer=northbank").at("version") == 1);
    CHECK(problem_name(caller.get("/v1/consents/c-1?issuer=medcare")) == "consent-not-found");
    CHECK(problem_name(caller.get("/v1/consents/c-9")) == "consent-not-found");
    CHECK(problem_name(caller.get("/v1/consents/c-9/history")) == "consent-not-found");

    const auto history = api::parse_entries(caller.get("/v1/consents/c-2/history").body);
    REQUIRE(history.has_value());
    REQUIRE(history->items.size() == 3);
    CHECK(history->items[0].type == "consent.request");
    CHECK(history->items[2].type == "consent.withdraw");
    CHECK(history->items[2].verdict.empty());
}

TEST_CASE("api reads: an id of two issuers is ambiguous until one is named") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    std::string other = request_event("c-1", "sub:bob");
    const std::string issuer = "\"issuer\":\"northbank\"";
    other.replace(other.find(issuer), issuer.size(), "\"issuer\":\"medcare\"");
    harness.commit(harness.world.medcare, {other});
    Caller caller(harness.server.port());
    const Answer ambiguous = caller.get("/v1/consents/c-1");
    CHECK(ambiguous.status == 409);
    CHECK(problem_name(ambiguous) == "ambiguous-consent");
    CHECK(get_json(caller, "/v1/consents/c-1?issuer=medcare").at("subject") == "sub:bob");
}

TEST_CASE("api reads: check answers and records nothing") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    Caller caller(harness.server.port());
    api::CheckRequest request;
    request.subject = "sub:ann";
    request.recipient = "unilab";
    request.purpose = "research";
    request.data = {"lab-results"};
    const auto ask = [&] {
        const Answer answer = caller.call("POST", "/v1/consents:check", api::format(request));
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        const auto parsed = api::parse_check_answer(answer.body);
        REQUIRE(parsed.has_value());
        return *parsed;
    };
    CHECK(ask().allowed);
    CHECK(ask().consent_id == "c-1");
    request.consent_id = "c-1";
    CHECK(ask().allowed);
    request.purpose = "marketing";
    CHECK_FALSE(ask().allowed);
    CHECK(ask().reason == "PURPOSE_MISMATCH");
    request.consent_id = "c-9";
    CHECK(problem_name(caller.call("POST", "/v1/consents:check", api::format(request))) ==
          "consent-not-found");
    CHECK(problem_name(caller.call("POST", "/v1/consents:check", "{\"subject\":1}")) ==
          "schema-violation");
    CHECK(harness.node.status().height == 1);
}

TEST_CASE("api reads: accesses carry verdicts and can be filtered") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    harness.commit(harness.world.medcare, {access_event("a-1", "c-1", "sub:ann")});
    harness.commit(harness.world.medcare, {access_event("a-2", "c-1", "sub:ann", "marketing")});
    Caller caller(harness.server.port());
    const auto found = [&caller](const std::string& query) {
        std::vector<std::string> ids;
        const json page = get_json(caller, "/v1/accesses?order=asc&" + query);
        for (const auto& item : page.at("items")) {
            ids.push_back(item.at("event").at("event_id"));
        }
        return ids;
    };
    using Ids = std::vector<std::string>;
    CHECK(found("limit=10") == Ids{"a-1", "a-2"});
    CHECK(found("verdict=PERMIT") == Ids{"a-1"});
    CHECK(found("verdict=DENY&actor=unilab") == Ids{"a-2"});
    CHECK(found("consent=c-1&verdict=DENY") == Ids{"a-2"});
    CHECK(found("consent=c-1&issuer=northbank") == Ids{"a-1", "a-2"});
    CHECK(found("subject=sub:ann&actor=unilab") == Ids{"a-1", "a-2"});
    CHECK(found("provider=medcare&subject=sub:ann") == Ids{"a-1", "a-2"});
    CHECK(found("provider=medcare&subject=sub:bob").empty());
    CHECK(found("actor=citygov").empty());
    CHECK(found("to=2000-01-01").empty());
    CHECK(found("from=2000-01-01T00:00:00Z") == Ids{"a-1", "a-2"});

    const auto denied = api::parse_entry(caller.get("/v1/accesses/a-2?consent=c-1").body);
    REQUIRE(denied.has_value());
    CHECK(denied->verdict == "DENY");
    CHECK(denied->reason == "PURPOSE_MISMATCH");
    CHECK(denied->failed == std::vector<std::string>{"PURPOSE_MISMATCH"});
    const auto leaf = from_base64(denied->entry);
    REQUIRE(leaf);
    const auto entry = ledger::decode_entry(*leaf);
    REQUIRE(entry.has_value());
    CHECK(json::parse(as_text(entry->event)) == json::parse(denied->event));
    const std::string index = std::to_string(denied->index);
    CHECK(get_json(caller, "/v1/accesses/" + index).at("entry") == denied->entry);
    CHECK(get_json(caller, "/v1/entries/" + index).at("entry") == denied->entry);
    CHECK(problem_name(caller.get("/v1/accesses/0")) == "entry-not-found");
    CHECK(problem_name(caller.get("/v1/accesses/a-9?consent=c-1")) == "entry-not-found");
    CHECK(problem_name(caller.get("/v1/accesses/a-2")) == "invalid-parameter");
    CHECK(problem_name(caller.get("/v1/entries/99")) == "entry-not-found");
    CHECK(problem_name(caller.get("/v1/entries/first")) == "invalid-parameter");
    CHECK(get_json(caller, "/v1/consents/c-1/accesses").at("items").size() == 2);
}

TEST_CASE("api reads: a timeline holds all of a subject, by address or by body") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    harness.grant("c-2", "sub:bob");
    harness.commit(harness.world.medcare, {access_event("a-1", "c-1", "sub:ann")});
    Caller caller(harness.server.port());
    const json timeline = get_json(caller, "/v1/subjects/sub:ann/timeline");
    REQUIRE(timeline.at("items").size() == 3);
    CHECK(timeline.at("items")[0].at("type") == "consent.request");
    CHECK(timeline.at("items")[2].at("verdict") == "PERMIT");
    const Answer posted = caller.call("POST", "/v1/subjects:timeline", R"({"subject":"sub:ann"})");
    CHECK(json::parse(posted.body) == timeline);
    CHECK(problem_name(caller.get("/v1/subjects/Ann%20Doe/timeline")) == "invalid-parameter");

    api::TimelineRequest request{"sub:ann", 2, ""};
    const auto first =
        api::parse_entries(caller.call("POST", "/v1/subjects:timeline", api::format(request)).body);
    REQUIRE(first.has_value());
    CHECK_FALSE(first->complete);
    request.cursor = first->next_cursor;
    const auto second =
        api::parse_entries(caller.call("POST", "/v1/subjects:timeline", api::format(request)).body);
    REQUIRE(second.has_value());
    CHECK(second->items.size() == 1);
    request.subject = "sub:bob";
    CHECK(problem_name(caller.call("POST", "/v1/subjects:timeline", api::format(request))) ==
          "invalid-cursor");
}

TEST_CASE("api reads: all pages together are one answer as of the first page's height") {
    Harness harness;
    for (int i = 0; i < 5; ++i) harness.grant("c-" + std::to_string(i), "sub:ann");
    Caller caller(harness.server.port());
    for (const char* list :
         {"/v1/consents?subject=sub:ann&limit=2", "/v1/subjects/sub:ann/timeline?limit=3",
          "/v1/consents?order=asc&limit=2"}) {
        json page = get_json(caller, list);
        std::size_t total = page.at("items").size();
        const json height = page.at("as_of_height");
        harness.grant("late-" + std::to_string(harness.node.status().height), "sub:ann");
        const std::size_t expected = std::string(list).find("timeline") == std::string::npos
                                         ? height.get<std::size_t>()
                                         : height.get<std::size_t>() * 2;
        while (!page.at("complete").get<bool>()) {
            page = get_json(
                caller, std::string(list) + "&cursor=" + page.at("next_cursor").get<std::string>());
            CHECK(page.at("as_of_height") == height);
            total += page.at("items").size();
        }
        CHECK(page.at("next_cursor").is_null());
        CHECK(total == expected);
    }
}

TEST_CASE("api reads: a cursor of another list, node or with a changed bit is refused") {
    Harness harness;
    for (int i = 0; i < 3; ++i) harness.grant("c-" + std::to_string(i), "sub:ann");
    Caller caller(harness.server.port());
    const std::string cursor =
        get_json(caller, "/v1/consents?limit=1").at("next_cursor").get<std::string>();
    CHECK(caller.get("/v1/consents?limit=1&cursor=" + cursor).status == 200);
    CHECK(caller.get("/v1/consents?limit=2&cursor=" + cursor).status == 200);
    CHECK(problem_name(caller.get("/v1/consents?state=active&cursor=" + cursor)) ==
          "invalid-cursor");
    CHECK(problem_name(caller.get("/v1/accesses?cursor=" + cursor)) == "invalid-cursor");
    for (const std::size_t at : {std::size_t{3}, cursor.size() / 2, cursor.size() - 1}) {
        std::string changed = cursor;
        changed[at] = changed[at] == '0' ? '1' : '0';
        CHECK(problem_name(caller.get("/v1/consents?cursor=" + changed)) == "invalid-cursor");
    }
    CHECK(problem_name(caller.get("/v1/consents?cursor=abc")) == "invalid-cursor");
    Harness other;
    Caller there(other.server.port());
    CHECK(problem_name(there.get("/v1/consents?limit=1&cursor=" + cursor)) == "invalid-cursor");
}

TEST_CASE("api reads: checkpoints, consistency and blocks can be verified") {
    Harness harness;
    Caller caller(harness.server.port());
    CHECK(problem_name(caller.get("/checkpoint")) == "no-checkpoint");
    CHECK(problem_name(caller.get("/v1/checkpoints/latest")) == "no-checkpoint");
    harness.grant("c-1", "sub:ann");
    const json first = get_json(caller, "/v1/checkpoints/latest");
    harness.grant("c-2", "sub:ann");
    harness.grant("c-3", "sub:ann");
    const json second = get_json(caller, "/v1/checkpoints/latest");
    CHECK(caller.get("/checkpoint").body == second.at("note"));
    const auto consistency = api::parse_consistency(
        caller.get("/v1/consistency?from=" + std::to_string(first.at("tree_size").get<int>()))
            .body);
    REQUIRE(consistency.has_value());
    CHECK(consistency->to == second.at("tree_size"));
    std::vector<Hash> proof;
    for (const std::string& hash : consistency->proof) {
        proof.push_back(*fixed_from_base64<Hash>(hash));
    }
    const Hash root1 = *fixed_from_hex<Hash>(first.at("root").get<std::string>());
    const Hash root2 = *fixed_from_hex<Hash>(second.at("root").get<std::string>());
    CHECK(ledger::verify_consistency(consistency->from, consistency->to, root1, root2, proof)
              .has_value());
    CHECK(problem_name(caller.get("/v1/consistency?from=5&to=2")) == "invalid-parameter");
    CHECK(problem_name(caller.get("/v1/consistency?from=0&to=99")) == "invalid-parameter");
    CHECK(get_json(caller, "/v1/consistency").at("proof").empty());

    const auto block = api::parse_block(caller.get("/v1/blocks/2").body);
    REQUIRE(block.has_value());
    CHECK(block->height == 2);
    CHECK(block->batches.size() == 1);
    CHECK(block->batches[0].seq == 2);
    CHECK(problem_name(caller.get("/v1/blocks/9")) == "block-not-found");
    CHECK(problem_name(caller.get("/v1/blocks/0")) == "block-not-found");
    CHECK(problem_name(caller.get("/v1/blocks/-1")) == "invalid-parameter");
}

TEST_CASE("api reads: evidence verifies, and questions that it cannot answer are refused") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    harness.grant("c-2", "sub:bob");
    Caller caller(harness.server.port());
    const auto policy = ledger::parse_policy(ledger::format_policy(harness.world.genesis));
    REQUIRE(policy.has_value());
    // How many entries it proves.
    const auto proven = [&](const std::string& question) {
        const Answer answer = caller.get("/v1/evidence/" + question);
        const auto report = ledger::verify_evidence(answer.body, *policy);
        INFO(answer.body << report.reason.detail);
        REQUIRE(report.verdict == ledger::ProofVerdict::verified);
        return report.entries.size();
    };
    CHECK(proven("subject/sub:ann") == 2);
    CHECK(proven("consent/c-2?issuer=northbank") == 2);
    CHECK(proven("provider/medcare") == 4);
    CHECK(proven("provider/medcare?to=2000-01-01") == 0);
    CHECK(proven("provider/medcare?from=2000-01-01") == 4);
    CHECK(proven("provider/medcare?limit=10000") == 4);
    CHECK(proven("actor/nobody") == 0);
    const std::string name(257, 'x');
    for (const std::string& refused :
         {std::string("colour/red"), std::string("consent/c-1"),
          std::string("subject/sub:ann?issuer=northbank"),
          std::string("subject/sub:ann?from=2027-01-01&to=2026-01-01"),
          std::string("subject/sub:ann?from=1969-12-31"), std::string("subject/sub:ann?limit=0"),
          std::string("subject/sub:ann?limit=10001"), "subject/" + name}) {
        INFO(refused);
        CHECK(problem_name(caller.get("/v1/evidence/" + refused)) == "invalid-parameter");
    }
    CHECK(problem_name(caller.get("/v1/evidence/subject/%ff%fe")) == "invalid-parameter");
    CHECK(problem_name(caller.get("/v1/evidence/consent/c-1?issuer=%ff")) == "invalid-parameter");
    const auto seal = caller.get("/v1/entries/2");
    CHECK(problem_name(seal) == "entry-not-found");
    CHECK(seal.body.find("SEAL") != std::string::npos);
}

TEST_CASE("api reads: lists about somebody carry their proof, and their pages join up") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    int accesses = 0;
    const auto access = [&] {
        const std::string id = "a-" + std::to_string(++accesses);
        harness.commit(harness.world.medcare, {access_event(id, "c-1", "sub:ann")});
    };
    for (int k = 0; k < 5; ++k) access();
    Caller caller(harness.server.port());
    const auto policy = ledger::parse_policy(ledger::format_policy(harness.world.genesis));
    const auto proof_of = [&](const json& page) {
        const auto evidence = ledger::parse_evidence(page.at("proof").dump());
        REQUIRE(evidence.has_value());
        const auto report = ledger::verify_evidence_page(*evidence, *policy);
        INFO(report.reason.detail);
        REQUIRE(report.verdict == ledger::ProofVerdict::verified);
        CHECK(report.entries.size() >= page.at("items").size());
        return *evidence;
    };
    const std::string timeline = "/v1/subjects/sub:ann/timeline?proof=1&limit=3";
    const json first = get_json(caller, timeline);
    CHECK(first.at("items").size() == 3);
    auto whole = proof_of(first);
    access();  // Recorded later, it does not enter.
    const json second =
        get_json(caller, timeline + "&cursor=" + first.at("next_cursor").get<std::string>());
    const json third =
        get_json(caller, timeline + "&cursor=" + second.at("next_cursor").get<std::string>());
    CHECK(third.at("next_cursor").is_null());
    CHECK(third.at("as_of_height") == first.at("as_of_height"));
    REQUIRE(ledger::join(whole, proof_of(second)));
    REQUIRE(ledger::join(whole, proof_of(third)));
    CHECK(ledger::verify_evidence(whole, *policy).entries.size() == 7);

    for (const auto& [target, items] : std::vector<std::pair<std::string, std::size_t>>{
             {"/v1/accesses?proof=1&subject=sub:ann", 6},
             {"/v1/accesses?proof=1&subject=sub:ann&as_of=2", 1},
             {"/v1/accesses?proof=1&subject=sub:ann&verdict=DENY", 0},
             {"/v1/accesses?proof=1&consent=c-1", 6},
             {"/v1/accesses?proof=1&provider=medcare&to=2000-01-01", 0},
             {"/v1/accesses?proof=1&actor=nobody", 0},
             {"/v1/consents/c-1/history?proof=1", 2},
             {"/v1/consents/c-1/accesses?proof=1", 6}}) {
        INFO(target);
        const json page = get_json(caller, target);
        CHECK(page.at("items").size() == items);
        proof_of(page);
    }
    const json posted = json::parse(
        caller.call("POST", "/v1/subjects:timeline?proof=1", R"({"subject":"sub:ann"})").body);
    CHECK(posted.at("items").size() == 8);
    proof_of(posted);
    for (const char* refused :
         {"/v1/accesses?proof=1", "/v1/accesses?proof=2&subject=sub:ann",
          "/v1/accesses?subject=sub:ann&as_of=1", "/v1/accesses?proof=1&subject=sub:ann&as_of=soon",
          "/v1/accesses?proof=1&subject=sub:ann&as_of=1000"}) {
        INFO(refused);
        CHECK(problem_name(caller.get(refused)) == "invalid-parameter");
    }
    CHECK(problem_name(caller.get(timeline + "&cursor=abc")) == "invalid-cursor");
    CHECK(problem_name(caller.get(timeline + "&cursor=3.99")) == "invalid-parameter");
}

TEST_CASE("api reads: min_height refuses a node that is behind, or waits for it") {
    Harness harness;
    Caller caller(harness.server.port());
    const Answer behind = caller.get("/v1/consents?min_height=1");
    CHECK(behind.status == 503);
    CHECK(problem_name(behind) == "behind");
    CHECK(behind.headers.at("retry-after") == "1");
    caller.send(
        "GET /v1/consents?min_height=1 HTTP/1.1\r\nHost: localhost\r\n"
        "Prefer: wait=30\r\n\r\n");
    harness.grant("c-1", "sub:ann");
    const auto waited = caller.receive();
    REQUIRE(waited);
    CHECK(waited->status == 200);
    CHECK(json::parse(waited->body).at("items").size() == 1);
}
