#include "ledger/key_log.h"

#include "ledger/seal.h"
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

#include <random>

namespace consentree::ledger::test {
namespace {

// What the logs must hold, kept plainly.
struct Model {
    std::map<Hash, std::vector<KeyLogItem>> logs;
    std::map<Hash, TimeUs> last;
};

KeyLogItem item_of(std::uint64_t leaf) {
    return {leaf, EventKind::access_request};
}

Hash record_of(const KeyLogItem& item) {
    const auto number = static_cast<std::uint8_t>(item.leaf);
    return record_hash({0x20, 0, item.leaf, item.leaf, sha256({&number, 1})});
}

Result<RangeProof> prove(const Reader& reader,
                         const KeyLogHead& head,
                         std::uint64_t count,
                         std::uint64_t begin,
                         std::uint64_t end) {
    return key_log_proof(reader, head, count, begin, end,
                         [](const KeyLogItem& item) { return record_of(item); });
}

std::vector<Hash> records(const std::vector<KeyLogItem>& items,
                          std::size_t begin,
                          std::size_t end) {
    std::vector<Hash> hashes;
    for (std::size_t k = begin; k < end; ++k) hashes.push_back(record_of(items[k]));
    return hashes;
}

void check_log(const Reader& reader, const Hash& key, const std::vector<KeyLogItem>& items) {
    const auto head = find_key_log(reader, key);
    REQUIRE(head.has_value());
    REQUIRE(head->value.count == items.size());
    CHECK(head->value.root == root_of(records(items, 0, items.size())));
    CHECK(decode_key_log_head(encode(*head)).value() == *head);
    std::vector<KeyLogItem> read;
    scan_key_log(reader, *head, 0, Direction::ascending,
                 [&](std::uint64_t position, const KeyLogItem& item) {
                     CHECK(position == read.size());
                     read.push_back(item);
                     return true;
                 });
    CHECK((read == items));
    scan_key_log(reader, *head, items.size() / 2, Direction::descending,
                 [&](std::uint64_t position, const KeyLogItem& item) {
                     CHECK(item == items.at(position));
                     read.pop_back();
                     return true;
                 });
    CHECK(read.size() == items.size() - items.size() / 2 - 1);
}

}  // namespace

TEST_CASE("key log: heads, items and proofs are those of a plain model") {
    std::mt19937_64 random(7);
    MapTables tables;
    PatriciaTree map;
    KeyLogChanges::Heads heads(2);  // Fewer than there are keys: some are read again.
    Model model;
    const std::vector<std::string> labels{"a", "b", "c", "hot"};
    std::uint64_t leaf = 0;
    for (TimeUs block = 1; block <= 120; ++block) {
        KeyLogChanges changes(tables, heads);
        const std::size_t count = random() % 24;
        for (std::size_t k = 0; k < count; ++k, ++leaf) {
            const KeyLogItem item = item_of(leaf);
            const std::string& label = random() % 2 == 0 ? labels[random() % 3] : labels[3];
            const Hash key = map_key(IndexKey::actor, label_id(label));
            changes.add(IndexKey::actor, label, item, record_of(item));
            model.logs[key].push_back(item);
            model.last[key] = block;
        }
        WriteSet writes;
        changes.collect_writes(block, map, writes);
        tables.apply(writes);
    }
    CHECK(map.size() == 4);
    CHECK(map.root() == load_index_map(tables).root());
    const auto version = map.version();
    for (const auto& [key, items] : model.logs) {
        check_log(tables, key, items);
        const auto head = find_key_log(tables, key).value();
        CHECK(head.value.last_commit_time_us == model.last[key]);
        CHECK(verify_presence(map.root(), key.view(), map_value_hash(head.value).view(),
                              version->prove(key))
                  .has_value());
        for (int tries = 0; tries < 60; ++tries) {
            // Of any earlier length too: what was known then is proven from the rows of today.
            const std::uint64_t count = 1 + random() % items.size();
            const std::uint64_t begin = random() % (count + 1);
            const std::uint64_t end = begin + random() % (count - begin + 1);
            const auto proof = prove(tables, head, count, begin, end);
            REQUIRE(proof.has_value());
            CHECK(verify_range(*proof, records(items, begin, end), count,
                               root_of(records(items, 0, count)))
                      .has_value());
        }
        CHECK(prove(tables, head, items.size(), 1, 0).error() == make_error_code(Errc::malformed));
        CHECK(prove(tables, head, items.size() + 1, 0, 1).error() ==
              make_error_code(Errc::malformed));
        for (std::uint64_t at = 0; at <= leaf; at += 1 + random() % 9) {
            const auto before = static_cast<std::uint64_t>(
                std::ranges::lower_bound(items, at, {}, &KeyLogItem::leaf) - items.begin());
            CHECK(items_before(tables, head, at) == before);
        }
    }
    CHECK_FALSE(find_key_log(tables, map_key(IndexKey::actor, label_id("nobody"))).has_value());
    CHECK_FALSE(find_key_log(tables, map_key(IndexKey::subject, label_id("a"))).has_value());
}

TEST_CASE("key log: a long log is proven from the subtrees that were stored for it") {
    MapTables tables;
    PatriciaTree map;
    KeyLogChanges::Heads heads(2);
    std::vector<KeyLogItem> items;
    constexpr std::uint64_t total = 66'000;  // Above 256 * 256.
    while (items.size() < total) {
        KeyLogChanges changes(tables, heads);
        for (int k = 0; k < 1'000; ++k) {
            items.push_back(item_of(items.size()));
            changes.add(IndexKey::provider, "northbank", items.back(), record_of(items.back()));
        }
        WriteSet writes;
        changes.collect_writes(items.size(), map, writes);
        tables.apply(writes);
    }
    const Hash key = map_key(IndexKey::provider, label_id("northbank"));
    const auto head = find_key_log(tables, key).value();
    CHECK(head.value.root == root_of(records(items, 0, total)));
    const std::pair<std::uint64_t, std::uint64_t> ranges[] = {
        {0, 1}, {65'535, 65'537}, {300, 40'000}, {total - 1, total}, {511, 512}};
    for (const auto& [begin, end] : ranges) {
        const auto proof = prove(tables, head, total, begin, end);
        REQUIRE(proof.has_value());
        CHECK(verify_range(*proof, records(items, begin, end), total, head.value.root).has_value());
    }
}

TEST_CASE("index: every event stands under its subject, consent, institutions, and nowhere else") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    network.record("unilab", {access_request({}, at)}, at);
    AccessText lie;  // Names another subject than the consent's.
    lie.subject = "sub:mallory";
    lie.session_id = "s9";
    network.record("unilab", {access_request(lie, at)}, at);
    network.record("northbank", {lifecycle("withdraw", at)}, at);
    const auto count = [&](IndexKey kind, std::string_view label) -> std::uint64_t {
        const auto head = find_key_log(network.tables(), map_key(kind, label_id(label)));
        return head ? head->value.count : 0;
    };
    const RecordText text;
    CHECK(count(IndexKey::subject, text.subject) == 5);
    CHECK(count(IndexKey::subject, "sub:mallory") == 1);
    CHECK(count(IndexKey::provider, text.provider) == 5);
    // As recipient of three lifecycle events, and by its two requests.
    CHECK(count(IndexKey::actor, "unilab") == 5);
    CHECK(count(IndexKey::actor, "citygov") == 0);
    const auto consent =
        find_key_log(network.tables(), map_key(IndexKey::consent, consent_key("northbank", "c1")));
    REQUIRE(consent.has_value());
    CHECK(consent->value.count == 5);
}

TEST_CASE("index: every block ends with a SEAL that carries the index root") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    const Tip first = load_tip(network.tables()).value();
    network.record("unilab", {access_request({}, at)}, at);
    const Tip tip = load_tip(network.tables()).value();
    const auto seal = get_seal(network.tables(), tip.tree_size - 1);
    REQUIRE(seal.has_value());
    CHECK(seal->height == tip.height);
    CHECK(seal->block_time_us == tip.time_us);
    CHECK(seal->first_index == first.tree_size);
    CHECK(seal->index == tip.tree_size - 1);
    CHECK(seal->key_count == load_index_map(network.tables()).size());
    CHECK(seal->index_root == load_index_map(network.tables()).root());
    CHECK(seal->previous_seal == first.seal);
    CHECK(seal->validator_set == validator_set_hash(network.genesis()));
    CHECK(seal->mapfn == mapfn_hash());
    CHECK(leaf_hash(encode(*seal)) == tip.seal);
    CHECK_FALSE(get_seal(network.tables(), tip.tree_size - 2).has_value());
    CHECK_FALSE(get_entry(network.tables(), tip.tree_size - 1).has_value());
}

}  // namespace consentree::ledger::test
