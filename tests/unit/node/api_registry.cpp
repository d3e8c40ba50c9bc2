// Agreements, parties, restrictions and what check explains, over real sockets.
#include "common/hash.h"
#include "tests/unit/node/api_fixture.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace consentree;
using namespace consentree::node::test;
using nlohmann::json;
namespace api = consentree::client::api;

namespace {

// With spaces, so that its bytes are not what a JSON library would write again.
std::string agreement_text(const std::string& id, int version, const std::string& parties) {
    const std::string hash(64, 'b');
    return R"({ "schema": "consentree/agreement-record/1", "agreement_id": ")" + id +
           R"(", "version": )" + std::to_string(version) + R"(, "parties": )" + parties +
           R"(, "purposes": [{"code":"research"}], "categories": ["lab-results"], )" +
           R"("valid_from": "2026-01-01T00:00:00.000Z", "valid_until": null, )" +
           R"("retention": {"unit":"day","value":30,"basis":"from_delivery"}, )" +
           R"("onward_transfer": {"allowed": false}, "confidentiality": {"sha256": ")" + hash +
           R"("}, "penalty": {"sha256": ")" + hash + R"("} })";
}

std::string propose(const std::string& agreement) {
    return R"({"type":"agreement.propose","agreement":)" + agreement + R"(,"occurred_at":")" +
           now_text() + R"("})";
}

std::string accept(const std::string& id, int version, const std::string& agreement) {
    return R"({"type":"agreement.accept","agreement_id":")" + id + R"(","version":)" +
           std::to_string(version) + R"(,"sha256":")" + to_hex(sha256(as_bytes(agreement)).view()) +
           R"(","occurred_at":")" + now_text() + R"("})";
}

std::string register_party(const std::string& id) {
    return R"({"type":"party.register","party":{"schema":"consentree/party/1","party_id":")" + id +
           R"(","name":"The )" + id + R"(","type":"processor"},"occurred_at":")" + now_text() +
           R"("})";
}

std::string rights_event(const std::string& type, const std::string& id, const std::string& more) {
    return R"({"type":"access.rights_)" + type + R"(","event_id":")" + id +
           R"(","actor_org":"medcare","subject":"sub:ann",)" + more + R"(,"occurred_at":")" +
           now_text() + R"("})";
}

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

std::vector<std::string> all_pages(Caller& caller, const std::string& target, const char* member) {
    std::vector<std::string> found;
    std::string cursor;
    do {
        const json page = get_json(caller, target + cursor);
        for (const json& item : page.at("items")) found.push_back(item.at(member));
        CHECK(page.at("complete") == page.at("next_cursor").is_null());
        cursor = page.at("next_cursor").is_null()
                     ? std::string()
                     : "&cursor=" + page.at("next_cursor").get<std::string>();
    } while (!cursor.empty());
    return found;
}

api::CheckRequest ask(const std::string& subject,
                      const std::string& recipient,
                      const std::string& purpose,
                      const std::vector<std::string>& data = {"lab-results"}) {
    api::CheckRequest request;
    request.subject = subject;
    request.recipient = recipient;
    request.purpose = purpose;
    request.data = data;
    return request;
}

api::CheckAnswer check(Caller& caller, const api::CheckRequest& request) {
    const Answer answer = caller.call("POST", "/v1/consents:check", api::format(request));
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    const auto parsed = api::parse_check_answer(answer.body);
    REQUIRE(parsed.has_value());
    return *parsed;
}

}  // namespace

TEST_CASE("api agreements: proposed, accepted, amended and ended, with their exact bytes") {
    Harness harness;
    Caller caller(harness.server.port());
    CHECK(problem_name(caller.get("/v1/agreements/agr-1")) == "agreement-not-found");
    const std::string first = agreement_text("agr-1", 1, R"(["northbank","medcare"])");
    harness.commit(harness.world.partner, {propose(first)});
    auto shown = api::parse_agreement(caller.get("/v1/agreements/agr-1").body);
    REQUIRE(shown.has_value());
    CHECK(shown->state == "proposed");
    CHECK_FALSE(shown->agreed.has_value());
    REQUIRE(shown->proposed.has_value());
    CHECK(shown->proposed->accepted_by == std::vector<std::string>{"northbank"});
    CHECK(shown->proposed->awaited == std::vector<std::string>{"medcare"});
    CHECK(as_text(from_base64(shown->proposed->record_bytes).value()) == first);
    CHECK(shown->proposed->sha256 == to_hex(sha256(as_bytes(first)).view()));

    harness.commit(harness.world.medcare, {accept("agr-1", 1, first)});
    const std::string second = agreement_text("agr-1", 2, R"(["northbank","medcare","unilab"])");
    harness.commit(harness.world.medcare, {propose(second)});
    shown = api::parse_agreement(caller.get("/v1/agreements/agr-1").body);
    REQUIRE(shown.has_value());
    CHECK(shown->state == "in_force");
    REQUIRE(shown->agreed.has_value());
    CHECK(shown->agreed->version == 1);
    CHECK(json::parse(shown->agreed->record).at("onward_transfer").at("allowed") == false);
    CHECK(shown->proposed->awaited == std::vector<std::string>{"northbank", "unilab"});

    harness.commit(harness.world.partner,
                   {R"({"type":"agreement.end","agreement_id":"agr-1","occurred_at":")" +
                    now_text() + R"("})"});
    const json ended = get_json(caller, "/v1/agreements/agr-1");
    CHECK(ended.at("state") == "ended");
    CHECK(ended.at("ended_at").is_string());
}

TEST_CASE("api agreements: lists are filtered, and paged by id") {
    Harness harness;
    for (const char* id : {"agr-c", "agr-a", "agr-b", "agr"}) {
        const bool is_c = std::string_view(id) == "agr-c";
        const std::string text = agreement_text(
            id, 1, is_c ? R"(["northbank","unilab"])" : R"(["northbank","medcare"])");
        harness.commit(harness.world.partner, {propose(text)});
        if (std::string_view(id) == "agr-a") {
            harness.commit(harness.world.medcare, {accept(id, 1, text)});
        }
    }
    Caller caller(harness.server.port());
    using Ids = std::vector<std::string>;
    const auto listed = [&caller](const std::string& query) {
        return all_pages(caller, "/v1/agreements?" + query, "agreement_id");
    };
    CHECK(listed("limit=1") == Ids{"agr", "agr-a", "agr-b", "agr-c"});
    CHECK(listed("limit=4") == Ids{"agr", "agr-a", "agr-b", "agr-c"});
    CHECK(listed("limit=1&party=medcare") == Ids{"agr", "agr-a", "agr-b"});
    CHECK(listed("state=in_force") == Ids{"agr-a"});
    CHECK(listed("state=proposed&party=unilab") == Ids{"agr-c"});
    const json page = get_json(caller, "/v1/agreements?limit=1");
    CHECK_FALSE(page.at("items")[0].at("proposed").contains("record"));
    const std::string cursor = page.at("next_cursor");
    CHECK(problem_name(caller.get("/v1/parties?limit=1&cursor=" + cursor)) == "invalid-cursor");
    CHECK(problem_name(caller.get("/v1/agreements?state=active")) == "invalid-parameter");
}

TEST_CASE("api parties: institutions and whom they register, in one list") {
    Harness harness;
    harness.commit(harness.world.partner,
                   {register_party("cloud-1"), register_party("northbank"), register_party("zzz")});
    harness.commit(harness.world.partner, {register_party("cloud-1")});
    Caller caller(harness.server.port());
    const std::vector<std::string> all{"citygov",   "cloud-1", "medcare",
                                       "northbank", "unilab",  "zzz"};
    for (int limit = 1; limit <= 6; ++limit) {
        CHECK(all_pages(caller, "/v1/parties?limit=" + std::to_string(limit), "id") == all);
    }
    const auto cloud = api::parse_party(caller.get("/v1/parties/cloud-1").body);
    REQUIRE(cloud.has_value());
    CHECK(cloud->name == "The cloud-1");
    CHECK(cloud->keys.empty());
    REQUIRE(cloud->registered.has_value());
    CHECK(cloud->registered->by == "northbank");
    CHECK(cloud->registered->versions == 2);
    CHECK(cloud->registered->height == 2);
    const auto bytes = from_base64(cloud->registered->record_bytes);
    CHECK(register_party("cloud-1").find(as_text(bytes.value())) != std::string::npos);
    const json own = get_json(caller, "/v1/parties/northbank");
    CHECK(own.at("name") == "northbank");
    CHECK(own.at("registered").at("record").at("type") == "processor");
    CHECK(get_json(caller, "/v1/parties/unilab").at("registered").is_null());
    CHECK(problem_name(caller.get("/v1/parties/nobody")) == "party-not-found");
}

TEST_CASE("api restrictions: those in force, until they are lifted") {
    Harness harness;
    Caller caller(harness.server.port());
    const std::string target = "/v1/subjects/sub:ann/restrictions";
    CHECK(get_json(caller, target).at("items").empty());
    harness.commit(
        harness.world.medcare,
        {rights_event("request", "r-1", R"("right":"restrict")"),
         rights_event("request", "r-2", R"("right":"access")"),
         rights_event("request", "r-3", R"("right":"object","due":"2027-01-01T00:00:00.000Z")")});
    const auto page = api::parse_restrictions(caller.get(target).body);
    REQUIRE(page.has_value());
    REQUIRE(page->items.size() == 2);
    CHECK(page->items[0].institution == "medcare");
    CHECK(page->items[0].request == "r-1");
    CHECK(page->items[0].right == "restrict");
    CHECK(page->items[1].due == "2027-01-01T00:00:00.000Z");
    const auto entry = get_json(caller, "/v1/entries/" + std::to_string(*page->items[1].entry));
    CHECK(entry.at("event").at("event_id") == "r-3");
    harness.commit(harness.world.medcare,
                   {rights_event("result", "r-4", R"("request":"r-1","result":"lifted")")});
    CHECK(get_json(caller, target).at("items").size() == 1);
    CHECK(problem_name(caller.get("/v1/subjects/ann/restrictions")) == "invalid-parameter");
}

TEST_CASE("api check: says by which rule, and what would have to change") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    Caller caller(harness.server.port());
    api::CheckRequest request = ask("sub:ann", "citygov", "marketing", {"lab-results", "x-rays"});
    const api::CheckAnswer refused = check(caller, request);
    CHECK(refused.verdict == "DENY");
    REQUIRE(refused.checks.size() == 3);
    CHECK(refused.checks[0].number == 4);
    CHECK(refused.checks[0].detail == "the institution citygov is none of the consent's: unilab");
    CHECK(refused.checks[1].code == "PURPOSE_MISMATCH");
    CHECK(refused.checks[1].detail == "the purpose marketing is none of the consent's: research");
    CHECK(refused.checks[2].detail == "not consented to: x-rays; consented to: lab-results");
    CHECK(refused.remedy == refused.checks[0].remedy);
    CHECK(refused.state == "active");
    CHECK(refused.uses == 0);
    CHECK_FALSE(refused.valid_until.empty());

    harness.commit(harness.world.medcare,
                   {rights_event("request", "r-1", R"("right":"restrict")")});
    request = ask("sub:ann", "unilab", "research");
    const api::CheckAnswer restricted = check(caller, request);
    REQUIRE(restricted.checks.size() == 1);
    CHECK(restricted.checks[0].number == 18);

    request.subject = "sub:nobody";
    const api::CheckAnswer unknown = check(caller, request);
    REQUIRE(unknown.checks.size() == 1);
    CHECK(unknown.checks[0].code == "CONSENT_UNKNOWN");
    CHECK(unknown.state.empty());
    CHECK_FALSE(unknown.uses.has_value());
}

TEST_CASE("api check: a full window says when it has room again; a review never permits") {
    Harness harness;
    const auto with = [](std::string event, const std::string& old, const std::string& text) {
        event.replace(event.find(old), old.size(), text);
        return event;
    };
    const std::string periodic = R"("fetch":{"kind":"periodic"})";
    harness.commit(
        harness.world.partner,
        {with(request_event("c-1", "sub:ann"), periodic,
              R"("fetch":{"kind":"periodic","count":2,"unit":"hour"},"max_uses":9)"),
         authorise_event("c-1", "sub:ann"),
         with(request_event("c-2", "sub:bob"), periodic,
              periodic + R"(,"needs_review":"the source says more than the rules can read")"),
         authorise_event("c-2", "sub:bob")});
    Caller caller(harness.server.port());
    api::CheckRequest request = ask("sub:ann", "unilab", "research");
    harness.commit(harness.world.medcare, {access_event("a-1", "c-1", "sub:ann")});
    const api::CheckAnswer one_left = check(caller, request);
    CHECK(one_left.allowed);
    CHECK(one_left.window_uses_left == 1);
    CHECK(one_left.uses_left == 8);
    CHECK(one_left.next_use_at.empty());
    harness.commit(harness.world.medcare, {access_event("a-2", "c-1", "sub:ann")});
    const api::CheckAnswer full = check(caller, request);
    CHECK_FALSE(full.allowed);
    CHECK(full.reason == "FREQUENCY_EXCEEDED");
    CHECK(full.checks[0].detail == "all 2 uses in this window are taken");
    // One hour after the first of the two.
    const std::string first = get_json(caller, "/v1/accesses?order=asc").at("items")[0].at("time");
    CHECK(full.next_use_at.substr(14) == first.substr(14));
    CHECK(full.remedy == "Wait until " + full.next_use_at + ", or ask for a new consent.");
    request.attended = true;
    CHECK(check(caller, request).allowed);

    request = ask("sub:bob", "unilab", "research");
    const api::CheckAnswer review = check(caller, request);
    CHECK_FALSE(review.allowed);
    CHECK(review.verdict == "NEEDS_REVIEW");
    CHECK(review.checks.empty());
    CHECK_FALSE(review.remedy.empty());
}

TEST_CASE("api consents: what came and went, who has authorised, and what waits") {
    Harness harness;
    const std::string one = R"([{"party":"sub:ann","capacity":"self"}])";
    const std::string two = R"([{"party":"sub:ann","capacity":"self"},{"party":"sub:bob",)"
                            R"("capacity":"joint_holder","authority_ref":"deed"}],)"
                            R"("authorisation":"all","subject_kind":"joint")";
    std::string joint = request_event("c-1", "sub:ann");
    joint.replace(joint.find(one), one.size(), two);
    harness.commit(harness.world.partner, {joint, authorise_event("c-1", "sub:ann")});
    Caller caller(harness.server.port());
    json shown = get_json(caller, "/v1/consents/c-1");
    CHECK(shown.at("state") == "partial");
    CHECK(shown.at("authorised_by") == json{"sub:ann"});
    std::string other = authorise_event("c-1", "sub:bob");
    const std::string step = R"({"type":"consent.resource_remove","issuer":"northbank",)"
                             R"("consent_id":"c-1","version":1,"resources":["acct-2"],)"
                             R"("occurred_at":")" +
                             now_text() + R"("})";
    harness.commit(harness.world.partner, {other, step});
    shown = get_json(caller, "/v1/consents/c-1");
    CHECK(shown.at("state") == "active");
    CHECK(shown.at("removed_resources") == json{"acct-2"});
    CHECK(shown.at("added_resources").empty());
    CHECK(shown.at("scheme").is_null());
    CHECK(shown.at("needs_review") == false);
    std::string invalidate = withdraw_event("c-1");
    invalidate.replace(invalidate.find("withdraw"), 8, "invalidate");
    harness.commit(harness.world.partner, {invalidate});
    CHECK(get_json(caller, "/v1/consents?state=invalidated").at("items").size() == 1);
}
