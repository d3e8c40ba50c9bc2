#include "ledger/tlog_tiles.h"

#include "log_fixture.h"

#include <random>

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

std::uint64_t hash_count(const MapReader& reader, std::uint8_t level, std::uint64_t number) {
    const auto row = reader.get(Table::tile, tile_key(level, number));
    return row ? row->size() / 32 : 0;
}

// Appends blocks of the given sizes, each through a tree of its own as execution does.
MapReader build(const std::vector<std::uint64_t>& blocks) {
    MapReader reader;
    std::uint64_t size = 0;
    for (const std::uint64_t block : blocks) {
        LogTree tree = LogTree::load(reader, size);
        for (std::uint64_t i = 0; i < block; ++i) tree.append(test_leaf(size + i));
        size += block;
        REQUIRE(tree.size() == size);
        WriteSet writes;
        tree.collect_writes(writes);
        reader.apply(writes);
    }
    return reader;
}

std::vector<Hash> first(const std::vector<Hash>& leaves, std::uint64_t count) {
    return {leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

TEST_CASE("log tree: has the root of the definition after every leaf") {
    const std::vector<Hash> leaves = test_leaves(600);
    LogTree tree = LogTree::load(MapReader{}, 0);
    CHECK(tree.root() == empty_root());
    for (std::uint64_t size = 1; size <= leaves.size(); ++size) {
        tree.append(leaves[size - 1]);
        REQUIRE(tree.root() == root_of(first(leaves, size)));
    }
}

TEST_CASE("log tree: blocks of any size give the same tables as one block") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 20; ++round) {
        std::vector<std::uint64_t> blocks;
        std::uint64_t size = 0;
        while (size < 1500) {
            blocks.push_back(round == 0 ? 1 : random() % 300);
            size += blocks.back();
        }
        const MapReader stepwise = build(blocks);
        const MapReader at_once = build({size});
        for (std::uint64_t number = 0; number <= size / 256; ++number) {
            REQUIRE(stepwise.get(Table::tile, tile_key(0, number)) ==
                    at_once.get(Table::tile, tile_key(0, number)));
        }
        REQUIRE(stepwise.get(Table::tile, tile_key(1, 0)) ==
                at_once.get(Table::tile, tile_key(1, 0)));
        REQUIRE(LogTree::load(stepwise, size).root() == root_of(test_leaves(size)));
    }
}

TEST_CASE("log tree: the frontier's row is only a short cut") {
    for (const std::uint64_t size : {1U, 255U, 256U, 257U, 777U, 65'536U, 70'001U}) {
        MapReader reader = build({size});
        const Hash root = LogTree::load(reader, size).root();
        reader.erase(Table::tile, tile_key(0xff, 0));
        LogTree without = LogTree::load(reader, size);
        CHECK(without.root() == root);
        without.append(test_leaf(size));
        LogTree with = LogTree::load(build({size}), size);
        with.append(test_leaf(size));
        CHECK(without.root() == with.root());
    }
}

TEST_CASE("log tree: tiles have the widths of tlog-tiles for 70,000 leaves") {
    const MapReader reader = build({70'000});
    for (std::uint64_t number = 0; number < 273; ++number) {
        REQUIRE(hash_count(reader, 0, number) == 256);
    }
    CHECK(hash_count(reader, 0, 273) == 112);
    CHECK(hash_count(reader, 1, 0) == 256);
    CHECK(hash_count(reader, 1, 1) == 17);
    CHECK(hash_count(reader, 2, 0) == 1);
    CHECK(hash_count(reader, 3, 0) == 0);
}

TEST_CASE("log tree: proves every leaf of every size up to 40, and all of 600") {
    const std::vector<Hash> leaves = test_leaves(600);
    const MapReader reader = build({600});
    std::vector<std::uint64_t> sizes{255, 256, 257, 511, 512, 513, 600};
    for (std::uint64_t size = 1; size <= 40; ++size) sizes.push_back(size);
    for (const std::uint64_t size : sizes) {
        const Hash root = root_of(first(leaves, size));
        REQUIRE(root_at(reader, size).value() == root);
        for (std::uint64_t index = 0; index < size; ++index) {
            const auto path = inclusion_path(reader, index, size);
            REQUIRE(path.has_value());
            REQUIRE(*path == path_of(first(leaves, size), index));
            REQUIRE(verify_inclusion(index, size, leaves[index], *path, root));
        }
    }
}

TEST_CASE("log tree: every pair of sizes up to 70 is consistent, and no wrong root is") {
    const std::vector<Hash> leaves = test_leaves(70);
    const MapReader reader = build({70});
    for (std::uint64_t size2 = 1; size2 <= 70; ++size2) {
        const Hash root2 = root_of(first(leaves, size2));
        for (std::uint64_t size1 = 1; size1 <= size2; ++size1) {
            const Hash root1 = root_of(first(leaves, size1));
            const auto proof = consistency_proof(reader, size1, size2);
            REQUIRE(proof.has_value());
            REQUIRE(verify_consistency(size1, size2, root1, root2, *proof));
            REQUIRE_FALSE(verify_consistency(size1, size2, test_leaf(999), root2, *proof));
            REQUIRE_FALSE(verify_consistency(size1, size2, root1, test_leaf(999), *proof));
        }
    }
}

TEST_CASE("log tree: random leaves and sizes of a large tree") {
    constexpr std::uint64_t size = 140'000;
    const MapReader reader = build({65'535, 2, 65'535, size - 131'072});
    std::mt19937_64 random(11);
    for (int round = 0; round < 300; ++round) {
        const std::uint64_t size2 = 1 + random() % size;
        const std::uint64_t size1 = 1 + random() % size2;
        const std::uint64_t index = random() % size1;
        const Hash root1 = root_at(reader, size1).value();
        const Hash root2 = root_at(reader, size2).value();
        const auto path = inclusion_path(reader, index, size1).value();
        REQUIRE(verify_inclusion(index, size1, test_leaf(index), path, root1));
        const auto proof = consistency_proof(reader, size1, size2).value();
        REQUIRE(verify_consistency(size1, size2, root1, root2, proof));
    }
}

TEST_CASE("log tree: what is not stored is not found") {
    const MapReader reader = build({300});
    CHECK(root_at(reader, 301).error() == make_error_code(Errc::not_found));
    CHECK(inclusion_path(reader, 5, 400).error() == make_error_code(Errc::not_found));
    CHECK(inclusion_path(reader, 5, 5).error() == make_error_code(Errc::malformed));
    CHECK(consistency_proof(reader, 5, 4).error() == make_error_code(Errc::malformed));
    CHECK(consistency_proof(reader, 5, 400).error() == make_error_code(Errc::not_found));
    CHECK(consistency_proof(reader, 0, 300).value().empty());
    CHECK(consistency_proof(reader, 300, 300).value().empty());
}

TEST_CASE("log tree: tile paths are those of tlog-tiles and have one spelling") {
    const std::vector<std::pair<std::uint64_t, std::string>> paths{
        {0, "000"},
        {5, "005"},
        {999, "999"},
        {1000, "x001/000"},
        {1'234'067, "x001/x234/067"},
        {~std::uint64_t{0}, "x018/x446/x744/x073/x709/x551/615"}};
    for (const auto& [number, path] : paths) {
        CHECK(tile_path(number) == path);
        CHECK(parse_tile_path(path) == number);
    }
    for (const char* path : {"", "5", "0005", "x000/005", "001/234", "x001/x234", "x001/x234/06x",
                             "x1/000", "../005", "x018/x446/x744/x073/x709/x551/616", "1000"}) {
        INFO(path);
        CHECK_FALSE(parse_tile_path(path));
    }
}

TEST_CASE("log tree: tile names are those of tlog-tiles, partial ones included") {
    CHECK(parse_tile_name("x001/x234/067")->number == 1'234'067);
    CHECK(parse_tile_name("x001/x234/067")->width == 256);
    CHECK(parse_tile_name("005.p/255")->width == 255);
    CHECK(parse_tile_name("x001/000.p/1")->number == 1000);
    for (const char* name : {"", ".p/1", "005.p/0", "005.p/256", "005.p/01", "005.p/+1", "005.p/",
                             "005.p", "005.p/1/", "005/", "005.p/1.p/1", "5.p/1", "005.P/1"}) {
        INFO(name);
        CHECK_FALSE(parse_tile_name(name));
    }
    const auto folder = shared_vectors();
    if (!folder) {
        WARN("no shared vectors: skipped");
        return;
    }
    const Json examples = read_json(*folder / "c2sp-spec-examples" / "examples.json");
    for (const auto& [number, path] : examples["tile_paths"].items()) {
        CHECK(tile_path(std::stoull(number)) == path);
    }
    const Json& widths = examples["tiles_for_size_70000"];
    const auto count = [](std::size_t level) { return complete_hashes(level, 70'000); };
    CHECK(count(0) / 256 == widths["level0_full"]);
    CHECK(count(0) % 256 == widths["level0_partial_width"]);
    CHECK(count(1) / 256 == widths["level1_full"]);
    CHECK(count(1) % 256 == widths["level1_partial_width"]);
    CHECK(count(2) == widths["level2_partial_width"]);
}

TEST_CASE("log tree: a tile is read as far as the tree of the checkpoint has it") {
    const MapReader reader = build({70'000});
    const auto width = [&reader](std::uint64_t level, TileName tile, std::uint64_t size) {
        const auto bytes = read_tile(reader, level, tile, size);
        return bytes ? bytes->size() / Hash::byte_count : 0;
    };
    for (const std::uint64_t size : {65'536U, 65'537U, 65'791U, 65'792U, 70'000U}) {
        INFO(size);
        for (std::uint64_t level = 0; level < 9; ++level) {
            const std::uint64_t complete = complete_hashes(level, size);
            const std::uint64_t edge = complete / 256;
            CHECK(width(level, {edge, 256}, size) == 0);
            if (edge > 0) CHECK(width(level, {edge - 1, 256}, size) == 256);
            if (complete % 256 > 0) CHECK(width(level, {edge, complete % 256}, size));
            if (complete % 256 < 255) CHECK(width(level, {edge, complete % 256 + 1}, size) == 0);
            CHECK(width(level, {edge + 1, 1}, size) == 0);
            CHECK(width(level, {UINT64_MAX, 1}, size) == 0);
        }
    }
    // A partial tile is the beginning of the full one.
    const auto full = read_tile(reader, 0, {0, 256}, 70'000);
    const auto part = read_tile(reader, 0, {0, 7}, 70'000);
    CHECK(equal(*part, BytesView(*full).first(7 * Hash::byte_count)));
    CHECK_FALSE(read_tile(reader, 64, {0, 1}, 70'000));
    CHECK_FALSE(read_tile(reader, 256, {0, 1}, 70'000));
}
