// What a client derives beside consents: whether an access would be permitted, agreements and
// restrictions, each as a node's own tables say it.
#include "client/api_view.h"
#include "ledger/queries_registry.h"
#include "tests/unit/client/keeper.h"
#include "tests/unit/ledger/agreement_events.h"

#include <set>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;

namespace {

constexpr TimeMs moment = 1'795'000'001'000;  // Of the cosignatures.

struct World : Reader {
    World() {
        lt::Network& network = keeper.world.network;
        TimeMs at = static_cast<TimeMs>(ledger::load_tip(tables())->time_us / 1000) + 1000;
        network.record("medcare", {lt::propose(lt::agreement_text(1))}, at);
        network.record("unilab", {lt::accept(1, lt::agreement_text(1))}, at);
        lt::RecordText text;
        text.consent_id = "c8";
        text.more = R"(,"agreement":"a1")";
        network.grant(text, at += 1000);
        network.record("unilab", {lt::propose(lt::agreement_text(2, "teaching"))}, at);
        const std::string right =
            R"({"type":"access.rights_request","event_id":"r1","actor_org":"citygov",)"
            R"("subject":"sub:alice","right":"restrict","occurred_at":")" +
            format_time(at) + "\"}";
        network.record("citygov", {right}, at += 1000);
        certify();
    }
    void certify() {
        keeper.world.certify({{0, 1'795'000'001}, {2, 1'795'000'003}, {3, 1'795'000'002}});
    }
    const ledger::Reader& tables() const { return keeper.world.network.tables(); }
    Height height() const { return ledger::load_tip(tables())->height; }

    // As a node says it.
    std::string truth(const api::CheckRequest& request) const {
        auto question = api::check_question_of(request).value();
        return api::format(api::check_answer_of(ledger::check_now(tables(), question, moment),
                                                {height(), moment}));
    }
};

api::CheckRequest ask(const std::string& recipient, const std::string& purpose) {
    api::CheckRequest request;
    request.subject = "sub:alice";
    request.recipient = recipient;
    request.purpose = purpose;
    request.data = {"lab-results"};
    return request;
}

}  // namespace

TEST_CASE("proven check: is what the tables of a node say") {
    World world;
    std::vector<api::CheckRequest> questions{ask("unilab", "research"), ask("unilab", "marketing"),
                                             ask("citygov", "research"), ask("unilab", "research")};
    questions.back().consent_id = "c8";
    questions.back().issuer = "northbank";
    for (const char* consent : {"c8", "c1", "c9"}) {
        questions.push_back(questions.back());
        questions.back().consent_id = consent;
        questions.back().agreement = "a1";
    }
    questions.push_back(ask("unilab", "research"));
    questions.back().agreement = "a2";
    std::set<std::string> reasons;
    for (const api::CheckRequest& request : questions) {
        const auto answer = world.client.check(api::format(request));
        INFO(api::format(request) << (answer ? "" : answer.error().why));
        REQUIRE(answer);
        CHECK(answer->proven);
        CHECK(answer->verification.signers.size() == 3);
        CHECK(Json::parse(answer->json) == Json::parse(world.truth(request)));
        reasons.insert(api::parse_check_answer(answer->json)->reason);
    }
    CHECK(reasons.count("") == 1);  // Allowed.
    CHECK(reasons.count("PURPOSE_MISMATCH") == 1);
    CHECK(reasons.count("CONSENT_UNKNOWN") == 1);
    CHECK(reasons.size() >= 4);
}

TEST_CASE("proven check: sees restrictions, and an agreement that ends") {
    World world;
    api::CheckRequest request = ask("unilab", "research");
    request.issuer = "northbank";
    request.consent_id = "c8";
    const auto reason = [&] {
        const auto answer = world.client.check(api::format(request));
        REQUIRE(answer);
        CHECK(Json::parse(answer->json) == Json::parse(world.truth(request)));
        return api::parse_check_answer(answer->json)->reason;
    };
    CHECK(reason() == "");
    lt::Network& network = world.keeper.world.network;
    TimeMs at = static_cast<TimeMs>(ledger::load_tip(world.tables())->time_us / 1000) + 1000;
    network.record("unilab", {lt::end_agreement()}, at);
    world.certify();
    CHECK(reason() == "AGREEMENT_NOT_IN_FORCE");
    // An answer with the end left out is no proof.
    world.keeper.lie = [](ledger::Evidence& evidence) {
        if (evidence.question.kind == ledger::IndexKey::governance) evidence.entries.pop_back();
    };
    CHECK_FALSE(world.client.check(api::format(request)));
    CHECK_FALSE(world.client.agreement("a1"));
}

TEST_CASE("proven check: a wrong question is refused, and by what it is wrong") {
    World world;
    const auto code = [&](const std::string& text) {
        const auto answer = world.client.check(text);
        REQUIRE_FALSE(answer);
        return answer.error().code;
    };
    CHECK(code("{}") == "schema-violation");
    api::CheckRequest request = ask("unilab", "research");
    request.data_from = "soon";
    CHECK(code(api::format(request)) == "schema-violation");
    request.data_from.clear();
    request.consent_id = "none";
    CHECK(code(api::format(request)) == "consent-not-found");
}

TEST_CASE("proven agreements: are what the tables of a node say") {
    World world;
    const auto view = ledger::find_agreement(world.tables(), "a1", moment).value();
    const auto answer = world.client.agreement("a1");
    REQUIRE(answer);
    CHECK(answer->proven);
    CHECK(Json::parse(answer->json) ==
          Json::parse(api::format(api::agreement_of(view, world.height()))));
    const auto agreement = api::parse_agreement(answer->json).value();
    CHECK(agreement.state == "in_force");
    CHECK(agreement.proposed->accepted_by == std::vector<std::string>{"unilab"});
    CHECK(agreement.proposed->awaited == std::vector<std::string>{"medcare"});
    const auto none = world.client.agreement("a9");
    REQUIRE_FALSE(none);
    CHECK(none.error().code == "agreement-not-found");
    for (const char* state : {"in_force", "ended"}) {
        const auto list = world.client.agreements({{"state", state}, {"party", "unilab"}});
        REQUIRE(list);
        CHECK(list->proven);
        CHECK(api::parse_agreements(list->json)->items.size() == (state[0] == 'i' ? 1 : 0));
    }
    CHECK_FALSE(world.client.agreements({{"limit", "0"}}));
}

TEST_CASE("proven restrictions: are what the tables of a node say") {
    World world;
    const auto answer = world.client.restrictions("sub:alice");
    REQUIRE(answer);
    CHECK(answer->proven);
    const auto page = api::parse_restrictions(answer->json).value();
    const auto truth = ledger::restrictions_of(world.tables(), "sub:alice");
    REQUIRE(page.items.size() == 1);
    REQUIRE(truth.size() == 1);
    CHECK(page.items[0].institution == "citygov");
    CHECK(page.items[0].right == "restrict");
    CHECK(page.items[0].entry == truth[0].leaf);
    CHECK(page.items[0].since == format_time(truth[0].since));
}
