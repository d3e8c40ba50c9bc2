// A server that does its worst: every call ends, bounded in time and memory, with the right word.
#include "client/client.h"
#include "common/files.h"
#include "tests/unit/client/fake_node.h"
#include "tests/unit/client/temporary_home.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;

namespace {

Client connect(const TemporaryHome& home,
               const FakeLedger& ledger,
               const std::vector<std::string>& urls,
               int timeout_ms = 10'000) {
    const std::string trust = home.file("trust.policy");
    REQUIRE(replace_file(trust, ledger.trust_text()));
    Options options;
    options.urls = urls;
    options.trust = trust;
    options.key = SigningKey::generate();
    options.coalesce = std::chrono::milliseconds(0);
    options.timeout = std::chrono::milliseconds(timeout_ms);
    auto client = Client::connect(std::move(options));
    REQUIRE(client);
    return std::move(*client);
}

const std::vector<std::string> one_event{R"({"type":"access.request","n":1})"};

// What a read ends with when the node answers every request like this.
Failure failure_of_read(const FakeReply& reply, int timeout_ms = 10'000) {
    TemporaryHome home;
    FakeLedger ledger;
    FakeNode node([&reply](const FakeRequest&) { return reply; });
    Client client = connect(home, ledger, {node.url()}, timeout_ms);
    auto answer = client.status();
    REQUIRE_FALSE(answer);
    return answer.error();
}

}  // namespace

TEST_CASE("hostile server: a body without end is cut off") {
    FakeReply counted = http_reply(200, std::string(2048, ' '));
    counted.bytes.replace(counted.bytes.find("2048"), 4, "99999999999");
    counted.endless = true;
    CHECK(failure_of_read(counted).kind == FailureKind::unreachable);

    FakeReply uncounted{"HTTP/1.1 200 OK\r\n\r\n" + std::string(2048, ' '), true};
    CHECK(failure_of_read(uncounted).kind == FailureKind::unreachable);

    FakeReply chunked{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"};
    for (int i = 0; i < 200; ++i) chunked.bytes += "400\r\n" + std::string(1024, ' ') + "\r\n";
    chunked.endless = true;
    CHECK(failure_of_read(chunked).kind == FailureKind::unreachable);
}

TEST_CASE("hostile server: a header without end is cut off") {
    FakeReply reply{"HTTP/1.1 200 OK\r\n" + std::string("X-Long: ") + std::string(2048, 'a'), true};
    CHECK(failure_of_read(reply).kind == FailureKind::unreachable);
}

TEST_CASE("hostile server: garbage is not an answer") {
    CHECK(failure_of_read({"\x16\x03\x01 this is no HTTP\r\n\r\n"}).kind ==
          FailureKind::unreachable);
    CHECK(failure_of_read(http_reply(200, "{\"height\":")).code == "node-answer-invalid");
    CHECK(failure_of_read(http_reply(200, "")).code == "node-answer-invalid");
    CHECK(failure_of_read(http_reply(418, "short and stout")).code == "node-answer-invalid");
    CHECK(failure_of_read(http_reply(301, "")).code == "node-answer-invalid");
}

TEST_CASE("hostile server: a depth bomb is refused") {
    const std::string bomb = std::string(1'000'000, '[');
    CHECK(failure_of_read(http_reply(200, bomb)).code == "node-answer-invalid");
    CHECK(failure_of_read(http_reply(404, bomb)).code == "node-answer-invalid");
}

TEST_CASE("hostile server: silence ends at the timeout") {
    FakeReply silent;
    silent.silent = true;
    const Failure failure = failure_of_read(silent, 200);
    CHECK(failure.kind == FailureKind::unreachable);
    CHECK(failure.why == "it did not answer in time");
}

TEST_CASE("hostile server: endless refusals to serve end at the timeout") {
    TemporaryHome home;
    FakeLedger ledger;
    FakeNode node([](const FakeRequest&) {
        return http_reply(429, R"({"type":"/problems/busy","title":"full","status":429})",
                          "application/problem+json");
    });
    Client client = connect(home, ledger, {node.url()}, 300);
    auto submitted = client.submit_events(one_event);
    REQUIRE_FALSE(submitted);
    CHECK(submitted.error().kind == FailureKind::unreachable);
    CHECK(submitted.error().code == "busy");
}

TEST_CASE("hostile server: an answer about another transaction is refused") {
    TemporaryHome home;
    FakeLedger ledger;
    FakeNode node([&ledger](const FakeRequest& request) {
        FakeReply reply = ledger.answer(request);
        const std::size_t at = reply.bytes.find("\"tx_id\":\"");
        if (at != std::string::npos) {
            char& digit = reply.bytes[at + 9];
            digit = digit == '0' ? '1' : '0';
        }
        return reply;
    });
    Client client = connect(home, ledger, {node.url()});
    auto submitted = client.submit_events(one_event);
    REQUIRE_FALSE(submitted);
    CHECK(submitted.error().code == "node-answer-invalid");
}

TEST_CASE("hostile server: a pending state for ever ends at the timeout") {
    TemporaryHome home;
    FakeLedger ledger;
    FakeNode node([&ledger](const FakeRequest& request) {
        FakeReply reply = ledger.answer(request);
        const std::size_t at = reply.bytes.find("\"tx_id\":\"");
        if (at == std::string::npos) return reply;
        return http_reply(202, "{" + reply.bytes.substr(at, 74) + ",\"status\":\"pending\"}");
    });
    Client client = connect(home, ledger, {node.url()}, 300);
    auto submitted = client.submit_events(one_event);
    REQUIRE_FALSE(submitted);
    CHECK(submitted.error().kind == FailureKind::unreachable);
    CHECK(submitted.error().code == "timed-out");
}

// CONSENTREE_LIES=10000 is the long form.
int rounds_or(int few) {
    const char* many = std::getenv("CONSENTREE_LIES");
    return many != nullptr ? std::atoi(many) : few;
}

bool is_told(FailureKind kind) {
    return kind == FailureKind::verification_failed || kind == FailureKind::undecidable ||
           kind == FailureKind::failed;
}

// Turned bits, removed and repeated stretches, exchanged lines.
std::string altered(std::string text, std::mt19937& random) {
    const std::size_t at = random() % text.size();
    const std::size_t length = 1 + random() % 40;
    switch (random() % 4) {
        case 0: text[at] = static_cast<char>(text[at] ^ (1 << random() % 7)); break;
        case 1: text.erase(at, length); break;
        case 2: text.insert(at, text.substr(at, length)); break;
        default: {
            const std::size_t other = random() % text.size();
            std::swap(text[at], text[other]);
        }
    }
    return text;
}

TEST_CASE("hostile server: no lie: an altered receipt is not accepted") {
    TemporaryHome home;
    FakeLedger ledger;
    FakeNode node([&ledger](const FakeRequest& request) { return ledger.answer(request); });
    Client client = connect(home, ledger, {node.url()});
    auto submitted = client.submit_events(one_event);
    REQUIRE(submitted);
    std::mt19937 random(21);
    for (int round = rounds_or(40); round > 0; --round) {
        std::string truth, lie;
        ledger.twist_receipt = [&](std::string text) {
            truth = text;
            lie = altered(text, random);
            return lie;
        };
        // The ledger need not grow for it.
        auto receipt = client.receipt(submitted->tx_id);
        // JSON says the same with and without spaces.
        if (lie == truth || (receipt && receipt->json.find(truth) == 0)) continue;
        INFO(lie);
        REQUIRE_FALSE(receipt);
        CHECK(is_told(receipt.error().kind));
    }
    ledger.twist_receipt = [](std::string text) { return text; };
    CHECK(client.receipt(submitted->tx_id));
}

TEST_CASE("hostile server: no lie: an altered checkpoint is not accepted") {
    TemporaryHome home;
    FakeLedger ledger;
    const std::string truth = ledger.note();
    std::string lie = truth;
    FakeNode node([&](const FakeRequest& request) {
        if (request.target == "/checkpoint") return http_reply(200, lie, "text/plain");
        return ledger.answer(request);
    });
    Client client = connect(home, ledger, {node.url()});
    std::mt19937 random(22);
    for (int round = rounds_or(40); round > 0; --round) {
        lie = altered(truth, random);
        if (lie == truth) continue;
        auto checkpoint = client.checkpoint();
        INFO(lie);
        REQUIRE_FALSE(checkpoint);
        CHECK(is_told(checkpoint.error().kind));
    }
    lie = truth;
    CHECK(client.checkpoint());
}

TEST_CASE("hostile server: the receipt of another transaction is a failed verification") {
    TemporaryHome home;
    FakeLedger ledger;
    std::string first;
    ledger.twist_receipt = [&first](std::string text) {
        if (first.empty()) first = text;
        return first;
    };
    FakeNode node([&ledger](const FakeRequest& request) { return ledger.answer(request); });
    Client client = connect(home, ledger, {node.url()});
    REQUIRE(client.submit_events(one_event));
    auto submitted = client.submit_events(one_event);
    REQUIRE_FALSE(submitted);
    CHECK(submitted.error().kind == FailureKind::verification_failed);
    CHECK(submitted.error().code == "receipt-failed");
}

TEST_CASE("hostile server: a forked ledger is refused, with evidence") {
    TemporaryHome home;
    FakeLedger ledger;
    FakeLedger other;
    ledger.grow(2);
    other.grow(1);
    other.grow(1);  // As long, with other entries.
    bool forked = false;
    FakeNode node([&](const FakeRequest& request) {
        return forked ? other.answer(request) : ledger.answer(request);
    });
    Client client = connect(home, ledger, {node.url()});
    auto honest = client.checkpoint();
    REQUIRE(honest);
    CHECK(honest->verification.standing == Standing::verified);
    forked = true;
    for (const std::size_t more : {0U, 4U}) {
        other.grow(more);
        auto refused = client.checkpoint();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == FailureKind::verification_failed);
        CHECK(refused.error().code == "fork");
        const auto evidence = read_file(refused.error().evidence, 1 << 20);
        REQUIRE(evidence);
        CHECK(evidence->find("consentree.example/test") != std::string::npos);
    }
    forked = false;
    CHECK(client.checkpoint());
}

TEST_CASE("hostile server: the receipt of a forked ledger is refused, with evidence") {
    TemporaryHome home;
    FakeLedger ledger;
    FakeLedger other;
    ledger.grow(2);
    other.grow(1);
    other.grow(1);
    bool forked = false;
    FakeNode node([&](const FakeRequest& request) {
        return forked ? other.answer(request) : ledger.answer(request);
    });
    Client client = connect(home, ledger, {node.url()});
    REQUIRE(client.checkpoint());
    forked = true;
    auto refused = client.submit_events(one_event);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == FailureKind::verification_failed);
    CHECK(refused.error().code == "fork");
    const auto evidence = read_file(refused.error().evidence, 1 << 20);
    REQUIRE(evidence);
    CHECK(verify_file(*evidence, ledger.trust_text()).standing == Standing::verified);
    forked = false;
    CHECK(client.submit_events(one_event));
}

TEST_CASE("hostile server: an older ledger is refused, also by a later client") {
    TemporaryHome home;
    FakeLedger ledger;
    const std::string old_note = ledger.note();
    ledger.grow(3);
    bool old = false;
    FakeNode node([&](const FakeRequest& request) {
        if (old && request.target == "/checkpoint") return http_reply(200, old_note, "text/plain");
        return ledger.answer(request);
    });
    {
        Client client = connect(home, ledger, {node.url()});
        REQUIRE(client.checkpoint());
    }
    old = true;
    Client later = connect(home, ledger, {node.url()});
    auto refused = later.checkpoint();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == FailureKind::undecidable);
    CHECK(refused.error().code == "checkpoint-older");
}

TEST_CASE("hostile server: a checkpoint without a quorum is not verified") {
    TemporaryHome home;
    FakeLedger ledger;
    std::string note = ledger.note();
    note.erase(note.rfind("\xe2\x80\x94"));  // The last signature line.
    FakeNode node([&note](const FakeRequest&) { return http_reply(200, note, "text/plain"); });
    Client client = connect(home, ledger, {node.url()});
    auto refused = client.checkpoint();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == FailureKind::undecidable);
}
