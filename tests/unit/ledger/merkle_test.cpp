#include "ledger/merkle.h"

#include "log_fixture.h"

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

// MTH of RFC 6962 2.1, word for word.
Hash model_root(const std::vector<Hash>& leaves, std::size_t begin, std::size_t end) {
    if (begin == end) return sha256(BytesView{});
    if (end - begin == 1) return leaves[begin];
    std::size_t k = 1;
    while (k * 2 < end - begin) k *= 2;
    return node_hash(model_root(leaves, begin, begin + k), model_root(leaves, begin + k, end));
}

// Probes with hashes that are not 32 bytes cannot be put to functions that take a Hash: those
// are refused where the bytes are decoded.
std::optional<std::vector<Hash>> hashes_of(const Json& list) {
    std::vector<Hash> hashes;
    if (list.is_null()) return hashes;
    for (const Json& each : list) {
        const auto hash = fixed_from_base64<Hash>(each.get<std::string>());
        if (!hash) return std::nullopt;
        hashes.push_back(*hash);
    }
    return hashes;
}

struct Tally {
    int held = 0, refused = 0, undecodable = 0;
};

// Puts every probe of a folder to the check; nothing from it means a hash was no hash.
template <class Check>
Tally run_probes(const std::filesystem::path& folder, Check check) {
    Tally tally;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
        if (file.path().extension() != ".json") continue;
        const Json probe = read_json(file.path());
        INFO(file.path().string());
        const std::optional<bool> holds = check(probe);
        if (!holds) {
            ++tally.undecodable;
            continue;
        }
        CHECK(*holds == !probe["wantErr"].get<bool>());
        ++(*holds ? tally.held : tally.refused);
    }
    return tally;
}

}  // namespace

TEST_CASE("merkle: hashes with the prefixes of RFC 6962") {
    CHECK(leaf_hash(BytesView{}) == sha256(Bytes{0}));
    CHECK(leaf_hash(as_bytes("ab"), as_bytes("c")) == leaf_hash(as_bytes("abc")));
    CHECK(leaf_hash(as_bytes("abc")) == sha256({Bytes{0}, as_bytes("abc")}));
    const Hash a = test_leaf(1);
    const Hash b = test_leaf(2);
    CHECK(node_hash(a, b) == sha256({Bytes{1}, a.view(), b.view()}));
    CHECK(to_hex(empty_root().view()) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("merkle: roots are those of the definition") {
    const std::vector<Hash> leaves = test_leaves(130);
    for (std::size_t count = 0; count <= leaves.size(); ++count) {
        const std::vector<Hash> part(leaves.begin(), leaves.begin() + static_cast<long>(count));
        CHECK(root_of(part) == model_root(part, 0, count));
    }
}

TEST_CASE("merkle: proves every leaf of every tree up to 70, and of one of 600") {
    std::vector<std::uint64_t> sizes(70);
    for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = i + 1;
    sizes.push_back(600);
    for (const std::uint64_t size : sizes) {
        const std::vector<Hash> leaves = test_leaves(size);
        const Hash root = root_of(leaves);
        for (std::uint64_t index = 0; index < size; ++index) {
            const std::vector<Hash> path = path_of(leaves, index);
            REQUIRE(verify_inclusion(index, size, leaves[index], path, root));
            REQUIRE_FALSE(verify_inclusion(index, size, test_leaf(9999), path, root));
            if (size == 1) continue;
            REQUIRE_FALSE(verify_inclusion((index + 1) % size, size, leaves[index], path, root));
        }
    }
}

TEST_CASE("merkle: an index outside the tree is malformed") {
    const Hash leaf = test_leaf(0);
    CHECK(verify_inclusion(1, 1, leaf, {}, leaf).error() == make_error_code(Errc::malformed));
    CHECK(verify_inclusion(0, 0, leaf, {}, leaf).error() == make_error_code(Errc::malformed));
    CHECK(verify_consistency(0, 1, leaf, leaf, {}).error() == make_error_code(Errc::malformed));
    CHECK(verify_consistency(2, 1, leaf, leaf, {}).error() == make_error_code(Errc::malformed));
    const std::vector<Hash> long_path(100, leaf);
    const std::uint64_t most = ~std::uint64_t{0};
    CHECK_FALSE(verify_inclusion(most - 1, most, leaf, long_path, leaf));
    CHECK_FALSE(verify_consistency(1, most, leaf, leaf, long_path));
}

TEST_CASE("merkle: the inclusion probes of transparency-dev hold and fail as they must") {
    const auto folder = shared_vectors();
    if (!folder) {
        WARN("no shared vectors: skipped");
        return;
    }
    const Tally tally = run_probes(
        *folder / "transparency-dev-merkle" / "inclusion",
        [](const Json& probe) -> std::optional<bool> {
            const auto root = fixed_from_base64<Hash>(probe["root"].get<std::string>());
            const auto leaf = fixed_from_base64<Hash>(probe["leafHash"].get<std::string>());
            const auto path = hashes_of(probe["proof"]);
            if (!root || !leaf || !path) return std::nullopt;
            return verify_inclusion(probe["leafIdx"].get<std::uint64_t>(),
                                    probe["treeSize"].get<std::uint64_t>(), *leaf, *path, *root)
                .has_value();
        });
    CHECK(tally.held + tally.refused + tally.undecodable == 98);
    CHECK(tally.held == 6);
}

TEST_CASE("merkle: the consistency probes of transparency-dev hold and fail as they must") {
    const auto folder = shared_vectors();
    if (!folder) {
        WARN("no shared vectors: skipped");
        return;
    }
    const Tally tally = run_probes(
        *folder / "transparency-dev-merkle" / "consistency",
        [](const Json& probe) -> std::optional<bool> {
            const auto root1 = fixed_from_base64<Hash>(probe["root1"].get<std::string>());
            const auto root2 = fixed_from_base64<Hash>(probe["root2"].get<std::string>());
            const auto proof = hashes_of(probe["proof"]);
            if (!root1 || !root2 || !proof) return std::nullopt;
            return verify_consistency(probe["size1"].get<std::uint64_t>(),
                                      probe["size2"].get<std::uint64_t>(), *root1, *root2, *proof)
                .has_value();
        });
    CHECK(tally.held + tally.refused + tally.undecodable == 98);
    CHECK(tally.held == 5);
}
