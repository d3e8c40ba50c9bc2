#include "ledger/entry.h"

#include "log_fixture.h"

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

const std::string event = R"({"type":"access.request","subject":"sub:1"})";

EntryHead sample_head() {
    EntryHead head;
    head.kind = 0x20;
    head.verdict = 0x0205;
    head.flags = 0x01000020;
    head.height = 0x0102030405060708;
    head.commit_time_us = 1'795'000'000'123'456;
    head.tx_id = sha256(as_bytes("transaction"));
    head.position = 7;
    head.length = static_cast<std::uint32_t>(event.size());
    return head;
}

}  // namespace

TEST_CASE("entry: its bytes are those of the golden vector") {
    const EntryHead head = sample_head();
    const Bytes entry = encode_entry(head, as_bytes(event));
    Json json;
    json["kind"] = head.kind;
    json["verdict"] = head.verdict;
    json["flags"] = head.flags;
    json["height"] = head.height;
    json["commit_time_us"] = head.commit_time_us;
    json["tx_id"] = to_hex(head.tx_id.view());
    json["position"] = head.position;
    json["event"] = event;
    json["entry"] = to_hex(entry);
    json["leaf_hash"] = to_hex(leaf_hash(entry).view());
    check_golden("entry.json", json);
}

TEST_CASE("entry: decodes to what was encoded") {
    const EntryHead head = sample_head();
    const Bytes bytes = encode_entry(head, as_bytes(event));
    const auto entry = decode_entry(bytes);
    REQUIRE(entry.has_value());
    CHECK(entry->head == head);
    CHECK(as_text(entry->event) == event);
    CHECK(decode_entry_head(encode(head)).value() == head);
    CHECK(leaf_hash(encode(head), as_bytes(event)) == leaf_hash(bytes));
}

TEST_CASE("entry: of a trimmed request the head has what was granted, as in the golden vector") {
    EntryHead head = sample_head();
    head.verdict = 0x0100;
    head.flags = 0x11000000;
    head.granted_until = 1'483'228'800'000;
    const Bytes bytes = encode_entry(head, as_bytes(event));
    CHECK(bytes.size() == 72 + event.size());
    const auto entry = decode_entry(bytes);
    REQUIRE(entry.has_value());
    CHECK(entry->head == head);
    CHECK(as_text(entry->event) == event);
    CHECK(leaf_hash(encode(head), as_bytes(event)) == leaf_hash(bytes));
    for (std::size_t count = 0; count < bytes.size(); ++count) {
        CHECK(decode_entry(BytesView(bytes).first(count)).has_error());
    }
    Json json;
    json["flags"] = head.flags;
    json["granted_until"] = *head.granted_until;
    json["entry"] = to_hex(bytes);
    json["leaf_hash"] = to_hex(leaf_hash(bytes).view());
    check_golden("entry-trimmed.json", json);
    // The flag and the format go together.
    Bytes bad = bytes;
    bad[4] = 0x01;
    CHECK(decode_entry(bad).error() == make_error_code(Errc::malformed));
    bad = encode_entry(sample_head(), as_bytes(event));
    bad[4] = 0x11;
    bad[7] = 0x00;
    CHECK(decode_entry(bad).error() == make_error_code(Errc::malformed));
}

TEST_CASE("entry: refuses cuts, tails, other formats and the SEAL") {
    const Bytes good = encode_entry(sample_head(), as_bytes(event));
    for (std::size_t count = 0; count < good.size(); ++count) {
        CHECK(decode_entry(BytesView(good).first(count)).has_error());
    }
    Bytes bad = good;
    bad.push_back('}');
    CHECK(decode_entry(bad).error() == make_error_code(Errc::trailing_bytes));
    bad = good;
    bad[0] = 0xe3;
    CHECK(decode_entry(bad).error() == make_error_code(Errc::unsupported));
    bad = good;
    bad[1] = seal_kind;
    CHECK(decode_entry(bad).error() == make_error_code(Errc::unsupported));
    bad = good;
    bad[60] = 0xff;
    CHECK(decode_entry(bad).error() == make_error_code(Errc::too_large));
}
