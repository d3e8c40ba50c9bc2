#include "storage/vote_record.h"

#include "tests/unit/storage/guard_fixture.h"

using namespace guard_test;
using storage::guard_mac_key;
using storage::GuardRecord;

namespace {

GuardRecord example() {
    GuardRecord record;
    record.network = block(1);
    record.key = test_key().public_key();
    record.place = {2, 3, block(4)};
    record.counter = 5;
    record.floor = 6;
    record.reached = 9;
    record.committed = 6;
    record.votes.push_back({{notarize, 7, block('a')}, test_key().sign(as_bytes("a"))});
    record.votes.push_back({{nullify, 8, {}}, test_key().sign(as_bytes("b"))});
    return record;
}

}  // namespace

TEST_CASE("vote record: decodes to what was encoded") {
    const auto decoded = storage::decode_guard_record(encode(example()));
    REQUIRE(decoded.has_value());
    CHECK(*decoded == example());
    CHECK(storage::open_slot(seal_slot(example(), {}), {}) == example());
}

TEST_CASE("vote record: refuses other lengths, kinds, flags and forgotten views") {
    const Bytes good = encode(example());
    for (std::size_t length = 0; length < good.size(); ++length) {
        CHECK(!storage::decode_guard_record(BytesView(good).first(length)));
    }
    Bytes longer = good;
    longer.push_back(0);
    CHECK(!storage::decode_guard_record(longer));
    GuardRecord record = example();
    record.votes[0].vote.kind = 4;
    CHECK(!storage::decode_guard_record(encode(record)));
    record = example();
    record.votes[0].vote.view = record.floor;
    CHECK(!storage::decode_guard_record(encode(record)));
}

TEST_CASE("vote record: only its own key opens a slot") {
    const Bytes slot = seal_slot(example(), guard_mac_key(test_key()));
    CHECK(storage::open_slot(slot, guard_mac_key(test_key())).has_value());
    CHECK(!storage::open_slot(slot, guard_mac_key(test_key(8))));
}

TEST_CASE("vote record: a full record fits its slot") {
    GuardRecord record = example();
    record.votes.resize(storage::guard_votes_max, record.votes[0]);
    const Bytes slot = seal_slot(record, {});
    CHECK(slot.size() <= storage::guard_slot_bytes);
    CHECK(storage::open_slot(slot, {}) == record);
}
