#include "client/api.h"
#include "client/client.h"
#include "common/files.h"
#include "tests/unit/client/fake_node.h"
#include "tests/unit/client/temporary_home.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;

namespace {

Options options_for(const TemporaryHome& home, const FakeLedger& ledger) {
    const std::string trust = home.file("trust.policy");
    REQUIRE(replace_file(trust, ledger.trust_text()));
    Options options;
    options.trust = trust;
    options.key = SigningKey::generate();
    return options;
}

std::string event(int number, const std::string& mark = "") {
    return R"({"type":"access.request","n":)" + std::to_string(number) + R"(,"mark":")" + mark +
           "\"}";
}

}  // namespace

TEST_CASE("submit: what comes back is verified and is about these events") {
    TemporaryHome home;
    FakeLedger ledger;
    FakeNode node([&ledger](const FakeRequest& request) { return ledger.answer(request); });
    Options options = options_for(home, ledger);
    options.urls = {node.url()};
    auto client = Client::connect(std::move(options));
    REQUIRE(client);
    auto submitted = client->submit_events({event(1), event(2)});
    REQUIRE(submitted);
    CHECK(submitted->committed);
    CHECK(submitted->receipt.verified());
    REQUIRE(submitted->receipt.verification.events.size() == 2);
    CHECK(submitted->receipt.verification.events[1].json == event(2));
    CHECK(submitted->receipt.verification.events[1].verdict == "PERMIT");
    CHECK(submitted->receipt.verification.signers.size() == 3);

    const Verification offline = verify_file(submitted->receipt.json, ledger.trust_text());
    CHECK(offline.standing == Standing::verified);
    CHECK(offline.tx_id == submitted->tx_id);
}

TEST_CASE("submit: a transaction of more events than one receipt page is proven whole") {
    TemporaryHome home;
    FakeLedger ledger;
    FakeNode node([&ledger](const FakeRequest& request) { return ledger.answer(request); });
    Options options = options_for(home, ledger);
    options.urls = {node.url()};
    auto client = Client::connect(std::move(options));
    REQUIRE(client);
    std::vector<std::string> events;
    for (int i = 0; i < 40; ++i) events.push_back(event(i));
    auto submitted = client->submit_events(events);
    REQUIRE(submitted);
    CHECK(submitted->receipt.verification.events.size() == 40);
    auto receipt = client->receipt(submitted->tx_id);
    REQUIRE(receipt);
    CHECK(receipt->verified());
    CHECK(receipt->verification.events.size() == 40);
}

TEST_CASE("submit: a dead address is passed over") {
    TemporaryHome home;
    FakeLedger ledger;
    std::string dead;
    {
        FakeNode gone([](const FakeRequest&) { return FakeReply{}; });
        dead = gone.url();
    }
    FakeNode node([&ledger](const FakeRequest& request) { return ledger.answer(request); });
    Options options = options_for(home, ledger);
    options.urls = {dead, node.url()};
    auto client = Client::connect(std::move(options));
    REQUIRE(client);
    CHECK(client->submit_events({event(1)}));

    Options alone = options_for(home, ledger);
    alone.urls = {dead};
    auto lost = Client::connect(std::move(alone));
    REQUIRE(lost);
    auto refused = lost->submit_events({event(1)});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == FailureKind::unreachable);
}

TEST_CASE("submit: whoever has taken a transaction is asked, not only who answered last") {
    TemporaryHome home;
    FakeLedger ledger;
    const auto unknown = [] {
        return http_reply(404,
                          R"({"type":"/problems/transaction-unknown","title":"?","status":404})",
                          "application/problem+json");
    };
    FakeNode taker([&ledger](const FakeRequest& request) {
        if (request.method == "POST") return ledger.answer(request);
        api::TransactionAnswer decided;
        decided.tx_id = request.target.substr(request.target.rfind('/') + 1);
        decided.status = api::TxState::committed;
        decided.leaves = {0};
        return http_reply(200, api::format(decided));
    });
    FakeNode other([&](const FakeRequest&) { return unknown(); });
    FakeNode busy([&](const FakeRequest&) {
        return http_reply(503, R"({"type":"/problems/busy","title":"full","status":503})",
                          "application/problem+json");
    });
    const auto connect = [&](std::vector<std::string> urls) {
        Options options = options_for(home, ledger);
        options.urls = std::move(urls);
        auto client = Client::connect(std::move(options));
        REQUIRE(client);
        return std::move(*client);
    };
    const auto sent = connect({taker.url()}).submit_events({event(1)}, Wait::accepted);
    REQUIRE(sent);
    const auto status = connect({other.url(), busy.url(), taker.url()}).wait_for(sent->tx_id);
    REQUIRE(status);
    CHECK(status->status == "committed");
    const auto none = connect({other.url(), busy.url()}).wait_for(sent->tx_id);
    REQUIRE(none);
    CHECK(none->status == "unknown");
}

TEST_CASE("submit: events submitted at once share a transaction") {
    TemporaryHome home;
    FakeLedger ledger;
    FakeNode node([&ledger](const FakeRequest& request) { return ledger.answer(request); });
    Options options = options_for(home, ledger);
    options.urls = {node.url()};
    options.coalesce = std::chrono::milliseconds(200);
    auto client = Client::connect(std::move(options));
    REQUIRE(client);
    std::vector<std::future<Outcome<Submitted>>> results;
    for (int i = 0; i < 1024; ++i) results.push_back(client->submit_later({event(i)}));
    for (int i = 0; i < 1024; ++i) {
        auto submitted = results[static_cast<std::size_t>(i)].get();
        INFO((submitted ? std::string() : submitted.error().what_to_do()));
        REQUIRE(submitted);
        REQUIRE(submitted->receipt.verification.events.size() == 1);
        CHECK(submitted->receipt.verification.events[0].json == event(i));
        const Verification offline = verify_file(submitted->receipt.json, ledger.trust_text());
        CHECK(offline.proven == submitted->receipt.verification.proven);
    }
    CHECK(ledger.transactions() < 64);
}

TEST_CASE("submit: one caller's refusal takes nobody else's events with it") {
    TemporaryHome home;
    FakeLedger ledger;
    ledger.refuse_events_with = "forbidden";
    FakeNode node([&ledger](const FakeRequest& request) { return ledger.answer(request); });
    Options options = options_for(home, ledger);
    options.urls = {node.url()};
    options.coalesce = std::chrono::milliseconds(200);
    auto client = Client::connect(std::move(options));
    REQUIRE(client);
    auto first = client->submit_later({event(1)});
    auto second = client->submit_later({event(2, "forbidden")});
    auto third = client->submit_later({event(3)});
    CHECK(first.get());
    CHECK(third.get());
    auto refused = second.get();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "consent-state");
    CHECK(refused.error().kind == FailureKind::not_allowed);
}

TEST_CASE("submit: what cannot be one transaction is refused before it is sent") {
    TemporaryHome home;
    FakeLedger ledger;
    FakeNode node([&ledger](const FakeRequest& request) { return ledger.answer(request); });
    Options options = options_for(home, ledger);
    options.urls = {node.url()};
    auto client = Client::connect(std::move(options));
    REQUIRE(client);
    CHECK(client->submit_events({}).error().code == "too-large");
    CHECK(client->submit_events(std::vector<std::string>(1025, event(1))).error().code ==
          "too-large");
    CHECK(client->submit_events(std::vector<std::string>(100, std::string(15'000, ' ')))
              .error()
              .code == "too-large");
    CHECK(ledger.transactions() == 0);
}

TEST_CASE("connect: addresses and files are checked") {
    TemporaryHome home;
    FakeLedger ledger;
    for (const char* url :
         {"", "127.0.0.1:8501", "https://", "http://", "http://host:0", "http://host:70000",
          "http://user@host", "http://host/path", "ftp://host"}) {
        INFO(url);
        Options options = options_for(home, ledger);
        options.urls = {url};
        auto client = Client::connect(std::move(options));
        REQUIRE_FALSE(client);
        CHECK(client.error().code == "invalid-url");
    }
    Options none = options_for(home, ledger);
    CHECK(Client::connect(std::move(none)).error().code == "no-address");

    Options untrusted = options_for(home, ledger);
    untrusted.urls = {"http://[::1]:8501/"};
    REQUIRE(replace_file(untrusted.trust, "log nothing\n"));
    auto refused = Client::connect(untrusted);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == FailureKind::undecidable);
    untrusted.trust.clear();
    auto reader = Client::connect(std::move(untrusted));
    REQUIRE(reader);
    CHECK(reader->submit_events({event(1)}).error().code == "option-missing");
}
