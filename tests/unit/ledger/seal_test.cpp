#include "ledger/seal.h"

#include "ledger/entry.h"
#include "ledger/index_record.h"
#include "ledger/range_proof.h"
#include "log_fixture.h"

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

Hash filled(std::uint8_t byte) {
    Hash hash;
    hash.bytes.fill(byte);
    return hash;
}

Seal sample_seal() {
    Seal seal;
    seal.epoch = 7;
    seal.height = 0x0102;
    seal.block_time_us = 0x000640b5efff2d00;
    seal.first_index = 0x1000;
    seal.index = 0x1014;
    seal.key_count = 0x0203;
    seal.index_root = filled(0xc3);
    seal.previous_seal = filled(0xd4);
    seal.validator_set = filled(0xe5);
    seal.mapfn = filled(0xf6);
    return seal;
}

IndexRecord sample_record() {
    IndexRecord record;
    record.kind = 0x20;
    record.leaf = 0x0102030405060708;
    record.commit_time_us = 0x000640b5efff2d00;
    record.leaf_hash = filled(0xa1);
    return record;
}

MapValue sample_value() {
    MapValue value;
    value.count = 15;
    value.last_commit_time_us = 0x000640b5efff2d00;
    value.root = filled(0xb2);
    return value;
}

template <class Decode>
void check_cuts_and_tails(BytesView good, Decode decode) {
    for (std::size_t count = 0; count < good.size(); ++count) {
        CHECK(decode(good.first(count)).error() == make_error_code(Errc::truncated));
    }
    Bytes bad = to_bytes(good);
    for (int i = 0; i < 3; ++i) {
        bad.push_back(0);
        CHECK(decode(bad).error() == make_error_code(Errc::trailing_bytes));
    }
}

// Every byte says something: with one changed the bytes are refused or another value, whose
// encoding they are.
template <class Decode, class Value>
void check_every_byte(BytesView good, Decode decode, const Value& value) {
    for (std::size_t i = 0; i < good.size(); ++i) {
        Bytes bad = to_bytes(good);
        bad[i] ^= 0x41;
        const auto other = decode(bad);
        if (!other) continue;
        CHECK_FALSE(*other == value);
        CHECK(equal(encode(*other), bad));
    }
}

// The worked example of the public vectors; nothing if they are not there.
std::optional<Json> worked_example() {
    const auto folder = shared_vectors();
    if (!folder) return std::nullopt;
    const std::filesystem::path path = *folder / "proposed-index-scheme" / "example.json";
    if (!std::filesystem::is_regular_file(path)) return std::nullopt;
    return read_json(path);
}

Bytes bytes_of(const Json& hex) {
    const auto bytes = from_hex(hex.get<std::string>());
    REQUIRE(bytes.has_value());
    return *bytes;
}

Hash hash_of(const Json& hex) {
    const auto hash = Hash::from(bytes_of(hex));
    REQUIRE(hash.has_value());
    return *hash;
}

std::vector<Hash> hashes_of(const Json& list) {
    std::vector<Hash> hashes;
    hashes.reserve(list.size());
    for (const Json& each : list) hashes.push_back(hash_of(each));
    return hashes;
}

std::vector<IndexRecord> records_of(const Json& list) {
    std::vector<IndexRecord> records;
    for (const Json& each : list) {
        const Bytes bytes = bytes_of(each);
        const auto record = decode_index_record(bytes);
        REQUIRE(record.has_value());
        CHECK(equal(encode(*record), bytes));
        records.push_back(*record);
    }
    return records;
}

std::vector<Hash> hashes_of(const std::vector<IndexRecord>& records) {
    std::vector<Hash> hashes;
    hashes.reserve(records.size());
    for (const IndexRecord& record : records) hashes.push_back(record_hash(record));
    return hashes;
}

// What the entries of the example leave under each key. They are no entries of ours: E1, kind, a
// text of 16 bytes, a separator, the subject, the actor. One is committed every second.
std::map<Hash, std::vector<IndexRecord>> index_of(const Json& entries, TimeUs first_time_us) {
    std::map<Hash, std::vector<IndexRecord>> index;
    for (std::uint64_t leaf = 0; leaf < entries.size(); ++leaf) {
        const Bytes entry = bytes_of(entries[leaf]);
        REQUIRE(entry.size() == 83);
        IndexRecord record;
        record.kind = entry[1];
        record.leaf = leaf;
        record.commit_time_us = first_time_us + leaf * 1'000'000;
        record.leaf_hash = leaf_hash(entry);
        const BytesView ids = BytesView(entry).last(64);
        index[map_key(IndexKey::subject, *Hash::from(ids.first(32)))].push_back(record);
        index[map_key(IndexKey::actor, *Hash::from(ids.last(32)))].push_back(record);
    }
    return index;
}

}  // namespace

TEST_CASE("seal: its bytes are these") {
    const SealBytes bytes = encode(sample_seal());
    CHECK(to_hex(bytes) ==
          "e1000000"
          "00000007"
          "0000000000000102"
          "000640b5efff2d00"
          "0000000000001000"
          "0000000000001014"
          "0000000000000203"
          "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"
          "d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4"
          "e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5"
          "f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6");
    CHECK(to_hex(leaf_hash(bytes).view()) ==
          "2b99e849fa438900cab3a568bbec4548591b00f9fc95b3c8d08592166989cb7a");
    CHECK(decode_seal(bytes).value() == sample_seal());
}

TEST_CASE("seal: decoding refuses cuts, tails, other formats and kinds") {
    const SealBytes good = encode(sample_seal());
    check_cuts_and_tails(good, decode_seal);
    check_every_byte(good, decode_seal, sample_seal());
    SealBytes bad = good;
    bad[0] = 0xe2;
    CHECK(decode_seal(bad).error() == make_error_code(Errc::unsupported));
    bad = good;
    bad[1] = 0x20;
    CHECK(decode_seal(bad).error() == make_error_code(Errc::unsupported));
    for (const std::size_t at : {2U, 3U}) {
        bad = good;
        bad[at] = 1;
        CHECK(decode_seal(bad).error() == make_error_code(Errc::malformed));
    }
    CHECK(decode_entry(good).has_error());
}

TEST_CASE("index record: its bytes are these") {
    const IndexRecordBytes bytes = encode(sample_record());
    CHECK(to_hex(bytes) ==
          "d220000000000102030405060708000640b5efff2d00"
          "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1");
    CHECK(to_hex(record_hash(sample_record()).view()) ==
          "8253836fa072a38b0c44c8ca40c35821e53db361104aa7d4def522723f74f88c");
    CHECK(decode_index_record(bytes).value() == sample_record());
}

TEST_CASE("index record: decoding refuses cuts, tails, other formats and the SEAL's kind") {
    const IndexRecordBytes good = encode(sample_record());
    check_cuts_and_tails(good, decode_index_record);
    check_every_byte(good, decode_index_record, sample_record());
    IndexRecordBytes bad = good;
    bad[0] = entry_format;
    CHECK(decode_index_record(bad).error() == make_error_code(Errc::unsupported));
    bad = good;
    bad[1] = seal_kind;
    CHECK(decode_index_record(bad).error() == make_error_code(Errc::unsupported));
}

TEST_CASE("map value: its bytes are these") {
    const MapValueBytes bytes = encode(sample_value());
    CHECK(to_hex(bytes) ==
          "000000000000000f000640b5efff2d00"
          "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2");
    CHECK(to_hex(map_value_hash(sample_value()).view()) ==
          "b1b96aa1320040bc0aeeb85aa5f22eb805432902d61b138fde88c7acdfb45bf0");
    CHECK(decode_map_value(bytes).value() == sample_value());
}

TEST_CASE("map value: decoding refuses cuts, tails and counts that cannot be") {
    const MapValueBytes good = encode(sample_value());
    check_cuts_and_tails(good, decode_map_value);
    check_every_byte(good, decode_map_value, sample_value());
    MapValue value = sample_value();
    value.count = 0;
    CHECK(decode_map_value(encode(value)).error() == make_error_code(Errc::malformed));
    value.count = map_value_count_max + 1;
    CHECK(decode_map_value(encode(value)).error() == make_error_code(Errc::malformed));
    value.count = map_value_count_max;
    CHECK(decode_map_value(encode(value)).value() == value);
}

TEST_CASE("map key: every kind has its own") {
    const Hash id = filled(0x11);
    const auto key = [&](IndexKey kind) { return to_hex(map_key(kind, id).view()); };
    CHECK(key(IndexKey::subject) ==
          "ecd4f9b3058bc79a1c2c72eff60c440bc66a875a419edc022d39e46baeeca248");
    CHECK(key(IndexKey::consent) ==
          "4b606721ea370689df0024db68e9241c511c106fd96952924dcd769a3dd3957c");
    CHECK(key(IndexKey::actor) ==
          "58e63704ead7080e203179255c36e4583ebea279b7ae25d411bd0ebe55d9fe3c");
    CHECK(key(IndexKey::provider) ==
          "6e560e66fe351eb75cb72f38890c5857fcf585dd4f410e22fac2ded6fb0b79cc");
    CHECK(key(IndexKey::enrolment) ==
          "7b8d53b86129be5e8bd5f01af7ad43ba2502e80a1cfab8910dfc97da6b733f5f");
    CHECK(key(IndexKey::governance) ==
          "a7b72626e8d2cf4443f1d5eb31a41e9e67d8717fa956ef8398dc4d6c7f67879a");
}

TEST_CASE("worked example: the SEAL ends the log and names the index") {
    const auto example = worked_example();
    if (!example) {
        WARN("no shared vectors: skipped");
        return;
    }
    const Bytes bytes = bytes_of((*example)["seal_entry"]);
    const auto seal = decode_seal(bytes);
    REQUIRE(seal.has_value());
    CHECK(equal(encode(*seal), bytes));
    CHECK(seal->epoch == 1);
    CHECK(seal->height == 1);
    CHECK(seal->first_index == 0);
    CHECK(seal->index == (*example)["seal_index"].get<std::uint64_t>());
    CHECK(seal->key_count == (*example)["map_values"].size());
    CHECK(seal->index_root == hash_of((*example)["index_root"]));
    CHECK(seal->previous_seal.is_zero());

    std::vector<Hash> leaves;
    for (const Json& entry : (*example)["log_entries"])
        leaves.push_back(leaf_hash(bytes_of(entry)));
    leaves.push_back(leaf_hash(encode(*seal)));
    const auto size = (*example)["log_size"].get<std::uint64_t>();
    const Hash root = hash_of((*example)["log_root"]);
    CHECK(leaves.size() == size);
    CHECK(root_of(leaves) == root);
    CHECK(verify_inclusion(seal->index, size, leaves.back(),
                           hashes_of((*example)["seal_inclusion_proof"]), root));
}

TEST_CASE("worked example: entries give the map's keys and values") {
    const auto example = worked_example();
    if (!example) {
        WARN("no shared vectors: skipped");
        return;
    }
    const auto records = records_of((*example)["query"]["all_records"]);
    REQUIRE(!records.empty());
    const TimeUs first_time_us = records[0].commit_time_us - records[0].leaf * 1'000'000;
    const auto index = index_of((*example)["log_entries"], first_time_us);
    CHECK(index.size() == (*example)["map_values"].size());
    for (const auto& [key, list] : index) {
        const std::string name = to_hex(key.view());
        INFO(name);
        MapValue value;
        value.count = list.size();
        value.last_commit_time_us = list.back().commit_time_us;
        value.root = root_of(hashes_of(list));
        const Bytes bytes = bytes_of((*example)["map_values"].at(name));
        CHECK(equal(encode(value), bytes));
        CHECK(decode_map_value(bytes).value() == value);
        CHECK(map_value_hash(value) == hash_of((*example)["map_leaf_values"].at(name)));
    }
    const Hash asked = hash_of((*example)["query"]["map_key"]);
    CHECK(map_key(IndexKey::subject, hash_of((*example)["query"]["id"])) == asked);
    CHECK(index.at(asked) == records);
}

TEST_CASE("worked example: the range holds against the key's tree") {
    const auto example = worked_example();
    if (!example) {
        WARN("no shared vectors: skipped");
        return;
    }
    const Json& query = (*example)["query"];
    const std::vector<Hash> all = hashes_of(records_of(query["all_records"]));
    const std::vector<Hash> part = hashes_of(records_of(query["records"]));
    RangeProof proof;
    proof.begin = query["range"][0].get<std::uint64_t>();
    proof.end = query["range"][1].get<std::uint64_t>();
    proof.left = hashes_of(query["left"]);
    proof.right = hashes_of(query["right"]);
    const auto value = decode_map_value(bytes_of(query["map_value"]));
    REQUIRE(value.has_value());
    CHECK(value->count == query["keylog_size"].get<std::uint64_t>());
    CHECK(value->count == all.size());
    CHECK(value->root == root_of(all));
    CHECK(range_proof(all, proof.begin, proof.end) == proof);
    CHECK(verify_range(proof, part, value->count, value->root));
    CHECK_FALSE(verify_range(proof, part, value->count + 1, value->root));
}
