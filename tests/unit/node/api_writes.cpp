// Submitting over real sockets: what is committed, refused, repeated, waited for.
#include "ledger/policy.h"
#include "ledger/receipt.h"
#include "tests/unit/node/api_fixture.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace consentree;
using namespace consentree::node::test;
using nlohmann::json;
namespace api = consentree::client::api;

namespace {

constexpr const char* subject = "sub:8f2c";

std::string as_json(const std::string& encoded, const std::string& keyid = {}) {
    const auto transaction = ledger::decode_transaction(as_bytes(encoded));
    REQUIRE(transaction.has_value());
    api::TransactionRequest request;
    request.payload = transaction->header;
    request.keyid = keyid;
    request.signature = std::string(as_text(transaction->signature.view()));
    request.events = transaction->events;
    return api::format(request);
}

Answer post(Harness& harness,
            const std::string& body,
            const char* more = "",
            std::string_view type = api::transaction_type) {
    Caller caller(harness.server.port());
    return caller.call("POST", "/v1/transactions", body, type, more);
}

std::string tx_id_of(const std::string& encoded) {
    const auto transaction = ledger::decode_transaction(as_bytes(encoded));
    return to_hex(ledger::transaction_id(transaction->header).view());
}

void require_problem(const Answer& answer, unsigned status, const std::string& name) {
    INFO(answer.body);
    CHECK(answer.status == status);
    CHECK(answer.headers.at("content-type") == "application/problem+json");
    const auto problem = api::parse_problem(answer.body);
    REQUIRE(problem.has_value());
    CHECK(problem->type == "/problems/" + name);
    CHECK(problem->status == status);
    CHECK_FALSE(problem->title.empty());
    CHECK(problem->code.substr(0, 3) == "CT-");
    CHECK(problem->request_id == answer.headers.at("request-id"));
}

}  // namespace

TEST_CASE("api writes: a JSON transaction is committed with a receipt that verifies") {
    Harness harness;
    const std::string body = as_json(
        harness.transaction(harness.world.partner,
                            {request_event("c-1", subject), authorise_event("c-1", subject)}),
        fingerprint(harness.world.partner.public_key()));
    const Answer answer = post(harness, body, "Prefer: wait=30\r\n", "application/json");
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    const auto committed = api::parse_transaction_answer(answer.body);
    REQUIRE(committed.has_value());
    CHECK(committed->status == api::TxState::committed);
    CHECK(committed->height == 1);
    CHECK(committed->leaves == std::vector<std::uint64_t>{0, 1});
    CHECK(answer.headers.at("location") == "/v1/transactions/" + committed->tx_id);
    CHECK(answer.headers.at("consentree-height") == "1");
    CHECK(answer.headers.at("consentree-network") == to_hex(harness.world.genesis.network.view()));
    CHECK(answer.headers.at("preference-applied") == "wait=30");
    CHECK(answer.headers.count("idempotency-replayed") == 0);

    const auto policy = ledger::parse_policy(ledger::format_policy(harness.world.genesis));
    REQUIRE(policy.has_value());
    const auto report = ledger::verify_receipt(std::string_view(committed->receipt), *policy);
    INFO(report.reason.detail);
    CHECK(report.verdict == ledger::ProofVerdict::verified);
    CHECK(report.entries.size() == 2);

    const Answer again = post(harness, body, "", "application/json");
    CHECK(again.status == 201);
    CHECK(again.headers.at("idempotency-replayed") == "true");
    CHECK(json::parse(again.body) == json::parse(answer.body));
    CHECK(harness.node.submissions() == 1);
}

TEST_CASE("api writes: without waiting the answer is pending, and decided later") {
    Harness harness;
    harness.node.hold(true);
    const std::string bytes =
        harness.transaction(harness.world.partner, {request_event("c-1", subject)});
    const std::string path = "/v1/transactions/" + tx_id_of(bytes);
    Caller caller(harness.server.port());
    CHECK(caller.get(path).status == 404);

    const Answer accepted = post(harness, bytes);
    CHECK(accepted.status == 202);
    CHECK(accepted.headers.at("location") == path);
    CHECK(accepted.headers.at("retry-after") == "1");
    CHECK(json::parse(accepted.body) == json({{"tx_id", tx_id_of(bytes)}, {"status", "pending"}}));
    CHECK(json::parse(caller.get(path).body).at("status") == "pending");
    require_problem(caller.get(path + "/receipt"), 409, "not-decided");
    const Answer again = post(harness, bytes);
    CHECK(again.status == 202);
    CHECK(again.headers.at("idempotency-replayed") == "true");
    CHECK(harness.node.submissions() == 1);

    harness.node.commit_pending();
    const auto decided = api::parse_transaction_answer(caller.get(path).body);
    REQUIRE(decided.has_value());
    CHECK(decided->status == api::TxState::committed);
    CHECK(caller.get(path + "/receipt").status == 200);
    require_problem(caller.get(path + "/receipt?from=1"), 400, "invalid-parameter");
    require_problem(caller.get(path + "/receipt?count=1025"), 400, "invalid-parameter");
}

TEST_CASE("api writes: all receipts of a transaction come in one answer, for one checkpoint") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    std::vector<std::string> events;
    for (int i = 0; i < 40; ++i) {
        events.push_back(access_event("a-" + std::to_string(i), "c-1", "sub:ann"));
    }
    const std::string bytes = harness.transaction(harness.world.medcare, events);
    REQUIRE(post(harness, bytes, "Prefer: wait=30\r\n").status == 201);
    Caller caller(harness.server.port());
    const std::string path = "/v1/transactions/" + tx_id_of(bytes) + "/receipt";
    const auto count_of = [&](const std::string& query) {
        return ledger::parse_receipt(caller.get(path + query).body).value().entries.size();
    };
    CHECK(count_of("") == 16);
    CHECK(count_of("?count=1024") == 40);
    CHECK(count_of("?from=39&count=1024") == 1);
    const auto whole = ledger::parse_receipt(caller.get(path + "?count=40").body).value();
    const auto policy = ledger::parse_policy(ledger::format_policy(harness.world.genesis)).value();
    CHECK(ledger::verify_receipt(whole, policy).verdict == ledger::ProofVerdict::verified);
}

TEST_CASE("api writes: a caller that waits is answered when the decision comes") {
    Harness harness;
    harness.node.hold(true);
    const std::string bytes =
        harness.transaction(harness.world.partner, {request_event("c-1", subject)});
    Caller caller(harness.server.port());
    caller.send(
        "POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=30\r\n"
        "Content-Type: application/vnd.consentree.tx\r\nContent-Length: " +
        std::to_string(bytes.size()) + "\r\n\r\n" + bytes);
    while (harness.node.watchers() == 0) std::this_thread::yield();
    harness.node.commit_pending();
    const auto answer = caller.receive();
    REQUIRE(answer);
    CHECK(answer->status == 201);
}

TEST_CASE("api writes: a wait that runs out answers pending and leaves no watcher") {
    Harness harness;
    harness.node.hold(true);
    const std::string bytes =
        harness.transaction(harness.world.partner, {request_event("c-1", subject)});
    CHECK(post(harness, bytes, "Prefer: wait=1\r\n").status == 202);
    CHECK(harness.node.watchers() == 0);
}

TEST_CASE("api writes: each refusal has its status and name, and changes nothing") {
    Harness harness;
    const std::string good =
        harness.transaction(harness.world.partner, {request_event("c-1", subject)});
    std::string forged = good;
    forged[good.size() / 2] ^= 1;

    require_problem(post(harness, std::string("\0\0\0\1x", 5)), 400, "malformed-transaction");
    require_problem(
        post(harness, harness.transaction(SecretKey::generate(), {request_event("c-1", subject)})),
        403, "unknown-key");
    require_problem(
        post(harness, harness.transaction(harness.world.officer, {request_event("c-1", subject)})),
        403, "not-authorised");
    require_problem(
        post(harness, harness.transaction(harness.world.partner, {withdraw_event("c-9")})), 409,
        "consent-unknown");
    require_problem(
        post(harness, harness.transaction(harness.world.partner, {"{\"type\":\"nothing\"}"})), 422,
        "schema-violation");
    const auto elsewhere =
        ledger::sign_transaction(harness.world.partner, Hash{}, 4'000'000'000'000, random_bytes(16),
                                 {request_event("c-1", subject)});
    require_problem(post(harness, std::string(as_text(encode(elsewhere)))), 422, "wrong-network");
    const auto late =
        ledger::sign_transaction(harness.world.partner, harness.world.genesis.network, 1'000,
                                 random_bytes(16), {request_event("c-1", subject)});
    require_problem(post(harness, std::string(as_text(encode(late)))), 422, "expired");

    auto transaction = *ledger::decode_transaction(as_bytes(good));
    transaction.signature.bytes[0] ^= 1;
    const Answer unsigned_one = post(harness, std::string(as_text(encode(transaction))));
    require_problem(unsigned_one, 401, "bad-signature");
    CHECK(unsigned_one.headers.count("www-authenticate") == 1);
    transaction = *ledger::decode_transaction(as_bytes(good));
    transaction.events[0] = request_event("c-2", subject);
    require_problem(post(harness, std::string(as_text(encode(transaction)))), 422,
                    "events-root-mismatch");
    CHECK(harness.node.submissions() == 0);
    CHECK(harness.node.status().height == 0);
}

TEST_CASE("api writes: JSON envelopes are read strictly") {
    Harness harness;
    const json good = json::parse(
        as_json(harness.transaction(harness.world.partner, {request_event("c-1", subject)})));
    const auto send = [&harness](const std::string& body) {
        return post(harness, body, "", "application/json");
    };
    json changed = good;
    changed["payload"] = "!!!";
    require_problem(send(changed.dump()), 422, "schema-violation");
    changed = good;
    changed["extra"] = 1;
    const Answer unknown = send(changed.dump());
    require_problem(unknown, 422, "schema-violation");
    CHECK(api::parse_problem(unknown.body)->errors.at(0).pointer == "/extra");
    changed = good;
    changed["signatures"][0]["keyid"] = "ctk1-0000-0000-0000-0000";
    require_problem(send(changed.dump()), 422, "schema-violation");
    changed = good;
    changed["signatures"].push_back(good["signatures"][0]);
    require_problem(send(changed.dump()), 422, "schema-violation");
    changed = good;
    changed["events"] = json::array();
    require_problem(send(changed.dump()), 422, "schema-violation");
    require_problem(send("{\"payload\":1,\"payload\":2}"), 400, "malformed-json");
    require_problem(send(std::string(100'000, '[')), 400, "malformed-json");
    require_problem(send("{"), 400, "malformed-json");
    require_problem(send("\xff\xfe"), 400, "malformed-json");
    require_problem(post(harness, good.dump(), "", "text/plain"), 415, "unsupported-media-type");
    CHECK(harness.node.submissions() == 0);
}

TEST_CASE("api writes: a full lane is 429 with Retry-After") {
    Harness harness;
    harness.node.refuse_as_busy(true);
    const std::string bytes =
        harness.transaction(harness.world.partner, {request_event("c-1", subject)});
    const Answer busy = post(harness, bytes, "Prefer: wait=10\r\n");
    require_problem(busy, 429, "busy");
    CHECK(busy.headers.at("retry-after") == "1");
    harness.node.refuse_as_busy(false);
    CHECK(post(harness, bytes, "Prefer: wait=30\r\n").status == 201);
}

TEST_CASE("api writes: a transaction that the ledger rejects is final and says so") {
    Harness harness;
    harness.grant("c-1", subject);
    harness.node.hold(true);
    const std::string first = harness.transaction(harness.world.partner, {withdraw_event("c-1")});
    const std::string second = harness.transaction(harness.world.partner, {withdraw_event("c-1")});
    CHECK(post(harness, first).status == 202);
    CHECK(post(harness, second).status == 202);
    harness.node.commit_pending();
    const Answer rejected = post(harness, second);
    require_problem(rejected, 409, "consent-state");
    const auto problem = api::parse_problem(rejected.body);
    CHECK(problem->decided);
    CHECK(problem->tx_id == tx_id_of(second));
    CHECK(problem->errors.at(0).pointer == "/events/0");
    CHECK(rejected.headers.at("idempotency-replayed") == "true");
    Caller caller(harness.server.port());
    const json shown = json::parse(caller.get("/v1/transactions/" + problem->tx_id).body);
    CHECK(shown.at("status") == "rejected");
    CHECK(shown.at("code") == "consent-state");
    require_problem(caller.get("/v1/transactions/" + problem->tx_id + "/receipt"), 409,
                    "transaction-rejected");
}

TEST_CASE("api writes: a batch answers each item for itself, in order") {
    Harness harness;
    const std::string known =
        harness.transaction(harness.world.partner, {request_event("c-1", subject)});
    REQUIRE(post(harness, known, "Prefer: wait=30\r\n").status == 201);
    std::vector<std::string> items{known};
    for (int i = 2; i < 60; ++i) {
        items.push_back(harness.transaction(harness.world.partner,
                                            {request_event("c-" + std::to_string(i), subject)}));
    }
    items.push_back(std::string("\0\0\0\1x", 5));
    items.push_back(harness.transaction(harness.world.officer, {request_event("x", subject)}));
    Caller caller(harness.server.port());
    const Answer answer =
        caller.call("POST", "/v1/transactions:batch", api::format_transaction_list(items),
                    api::transaction_list_type, "Prefer: return=minimal, wait=30\r\n");
    REQUIRE(answer.status == 200);
    const auto answers = api::parse_transaction_answers(answer.body);
    REQUIRE(answers.has_value());
    REQUIRE(answers->size() == items.size());
    CHECK(answers->front().replayed);
    for (std::size_t i = 0; i + 2 < items.size(); ++i) {
        CHECK((*answers)[i].status == api::TxState::committed);
        CHECK((*answers)[i].tx_id == tx_id_of(items[i]));
        CHECK((*answers)[i].receipt.empty());
    }
    CHECK((*answers)[items.size() - 2].status == api::TxState::refused);
    CHECK((*answers)[items.size() - 2].code == "malformed-transaction");
    CHECK((*answers)[items.size() - 1].code == "not-authorised");

    const Answer with_receipts =
        caller.call("POST", "/v1/transactions:batch", api::format_transaction_list({known}),
                    api::transaction_list_type, "Prefer: wait=1\r\n");
    CHECK_FALSE(api::parse_transaction_answers(with_receipts.body)->at(0).receipt.empty());
}

TEST_CASE("api writes: a batch that is not a list is refused whole") {
    Harness harness;
    Caller caller(harness.server.port());
    const auto send = [&caller](const std::string& body) {
        return caller.call("POST", "/v1/transactions:batch", body, api::transaction_list_type);
    };
    require_problem(send(std::string("\0\0\0\2\0\0\0\1x", 9)), 400, "malformed-transaction");
    require_problem(send(std::string("\xff\xff\xff\xff", 4)), 413, "too-large");
    require_problem(send("x"), 400, "malformed-transaction");
    const Answer empty = send(std::string(4, '\0'));
    CHECK(empty.status == 200);
    CHECK(json::parse(empty.body) == json({{"items", json::array()}}));
}
