#include "ledger/transaction.h"

#include "common/limits.h"

#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

namespace consentree::ledger::test {
namespace {

std::string fault_of(const Network& network, const Transaction& transaction) {
    const auto storage = std::make_shared<const Bytes>(encode(transaction));
    const auto checked = check_transaction(storage, *storage, network.genesis().network);
    if (checked) return "accepted";
    return checked.error().code + " at " + checked.error().pointer;
}

}  // namespace

TEST_CASE("transaction: the header has one text and is read back") {
    TransactionHeader header;
    header.nonce = std::string(32, '7');
    header.event_count = 3;
    header.valid_until = start_time();
    const std::string json = format_header(header);
    const auto read = parse_header(json);
    REQUIRE(read.has_value());
    CHECK(format_header(*read) == json);
    const std::string pae = std::string(as_text(pre_authentication_encoding(json)));
    CHECK(pae == "DSSEv1 34 application/vnd.consentree.tx+json " + std::to_string(json.size()) +
                     " " + json);
    CHECK_FALSE(parse_header(R"({"v":2})").has_value());
    CHECK_FALSE(parse_header(json.substr(0, json.size() - 1) + R"(,"x":1})").has_value());
}

TEST_CASE("transaction: check accepts what was signed and refuses every change") {
    Network network;
    const TimeMs at = start_time();
    const Transaction good =
        network.sign("northbank", {request_consent({}, at), authorise(at), access_request({}, at)});
    CHECK(fault_of(network, good) == "accepted");
    CHECK(decode_transaction(encode(good))->events == good.events);

    Transaction bad = good;
    bad.signature.bytes[0] ^= 1;
    CHECK(fault_of(network, bad) == "bad-signature at /signatures/0");
    bad = good;
    bad.header[bad.header.find("\"nonce\":\"") + 9] ^= 1;
    CHECK(fault_of(network, bad) == "bad-signature at /signatures/0");
    bad = good;
    std::swap(bad.events[0], bad.events[1]);
    CHECK(fault_of(network, bad) == "events-root-mismatch at /header/events_root");
    bad = good;
    bad.events.pop_back();
    CHECK(fault_of(network, bad) == "events-root-mismatch at /header/event_count");

    Network other;
    CHECK(fault_of(other, good) == "wrong-network at /header/network");
    CHECK(fault_of(network, network.sign("northbank", {authorise(at), R"({"type":1})"})) ==
          "schema-violation at /events/1/type");
    AccessText access;
    access.event_id = "same";
    CHECK(fault_of(network, network.sign("unilab", {access_request(access, at),
                                                    access_request(access, at)})) ==
          "duplicate-event-id at /events/1/event_id");
}

TEST_CASE("transaction: every cut and every appended byte is refused") {
    Network network;
    const Bytes good = encode(network.sign("northbank", {authorise(start_time())}));
    for (std::size_t length = 0; length < good.size(); ++length) {
        const auto storage = std::make_shared<const Bytes>(
            good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length));
        CHECK_FALSE(check_transaction(storage, *storage, network.genesis().network).has_value());
        CHECK_FALSE(decode_transaction(*storage).has_value());
    }
    auto longer = good;
    longer.push_back(0);
    CHECK_FALSE(decode_transaction(longer).has_value());
}

TEST_CASE("batch: check accepts a sealed batch and refuses every flipped byte of its frame") {
    Network network;
    const TimeMs at = start_time();
    const BatchPtr sealed = network.batch({network.sign("northbank", {authorise(at)}),
                                           network.sign("unilab", {access_request({}, at)})},
                                          2);
    const auto checked = check_batch(to_bytes(sealed->encoded()), network.genesis());
    REQUIRE(checked.has_value());
    CHECK((*checked)->header() == sealed->header());
    REQUIRE((*checked)->transactions().size() == 2);
    CHECK((*checked)->transactions()[1].id() == sealed->transactions()[1].id());
    // The views of a sealed batch lie in the batch.
    CHECK(sealed->transactions()[1].encoded().data() > sealed->encoded().data());
    CHECK(*decode_batch_header(sealed->encoded()) == sealed->header());
    for (std::size_t k = 0; k < 200; ++k) {
        Bytes bad = to_bytes(sealed->encoded());
        bad[k] ^= 0x10;
        INFO(k);
        CHECK_FALSE(check_batch(bad, network.genesis()).has_value());
    }
    Bytes cut = to_bytes(sealed->encoded());
    cut.pop_back();
    CHECK_FALSE(check_batch(cut, network.genesis()).has_value());
}

TEST_CASE("payload: is sorted, bounded and canonical") {
    Payload payload{7, {{0, 1, {}}, {0, 2, {}}, {3, 1, {}}}};
    CHECK(*decode_payload(encode(payload)) == payload);
    std::swap(payload.batches[0], payload.batches[1]);
    CHECK_FALSE(decode_payload(encode(payload)).has_value());
    payload.batches = {{1, 1, {}}, {1, 1, {}}};
    CHECK_FALSE(decode_payload(encode(payload)).has_value());
    payload.batches.assign(limits::block_batches + 1, {});
    CHECK_FALSE(decode_payload(encode(payload)).has_value());
}

TEST_CASE("genesis: is read back as written, and refused with the place of a fault") {
    Network network;
    const std::string json = format_genesis(network.genesis());
    const auto read = parse_genesis(json);
    REQUIRE(read.has_value());
    CHECK(format_genesis(*read) == json);
    CHECK(read->network == sha256(as_bytes(json)));
    CHECK(cosigner_name(*read, 1) == "consentree.example/test/medcare");
    Genesis changed = *read;
    changed.validators.pop_back();
    CHECK(parse_genesis(format_genesis(changed)).error().pointer == "/validators");
    CHECK(validator_set_hash(changed) != validator_set_hash(*read));
    changed = *read;
    changed.keys[1].key = changed.keys[0].key;
    CHECK(parse_genesis(format_genesis(changed)).error().pointer == "/keys/1/key");
    changed.keys[1].key.bytes.fill(0);
    CHECK(parse_genesis(format_genesis(changed)).error().pointer == "/keys/1/key");
    changed = *read;
    changed.validators[2].institution = "nobody";
    CHECK(parse_genesis(format_genesis(changed)).error().pointer == "/validators/2/institution");
    changed = *read;
    changed.name = "a \"quoted\" \\ name\n";
    CHECK(parse_genesis(format_genesis(changed))->name == changed.name);
}

}  // namespace consentree::ledger::test
