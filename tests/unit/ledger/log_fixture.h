// What the tests of the log share: vectors, keys of fixed seeds, a table in memory.
#pragma once

#include "common/files.h"
#include "common/keys.h"
#include "ledger/log_tree.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

namespace consentree::ledger::test {

using Json = nlohmann::json;

// The folder of public test vectors beside the checkout, if it is there.
inline std::optional<std::filesystem::path> shared_vectors() {
    const char* named = std::getenv("CONSENTREE_SHARED");
    const std::filesystem::path folder =
        std::filesystem::path(named != nullptr ? named : "../shared") / "vectors";
    if (std::filesystem::is_directory(folder)) return folder;
    return std::nullopt;
}

inline Json read_json(const std::filesystem::path& path) {
    const auto text = read_file(path, 16 << 20);
    REQUIRE(text.has_value());
    return Json::parse(*text);
}

inline SecretKey test_key(std::uint8_t number) {
    init_crypto();
    std::array<std::uint8_t, 32> seed;
    seed.fill(number);
    return SecretKey::from_seed(seed);
}

inline Hash test_leaf(std::uint64_t number) {
    const std::string text = "leaf " + std::to_string(number);
    return leaf_hash(as_bytes(text));
}

inline std::vector<Hash> test_leaves(std::uint64_t count) {
    std::vector<Hash> leaves;
    for (std::uint64_t i = 0; i < count; ++i) leaves.push_back(test_leaf(i));
    return leaves;
}

class MapReader final : public Reader {
public:
    std::optional<Bytes> get(Table table, BytesView key) const override {
        const auto found = rows_.find({table, to_bytes(key)});
        if (found == rows_.end()) return std::nullopt;
        return found->second;
    }
    void scan(Table, BytesView, BytesView, Direction, const Visit&) const override {
        FAIL("the log reads by key only");
    }
    void apply(const WriteSet& writes) {
        for (const Write& write : writes) {
            if (write.value) {
                rows_[{write.table, write.key}] = *write.value;
            } else {
                rows_.erase({write.table, write.key});
            }
        }
    }
    void erase(Table table, const Bytes& key) { rows_.erase({table, key}); }

private:
    std::map<std::pair<Table, Bytes>, Bytes> rows_;
};

// Compares with tests/vectors/<name>. CONSENTREE_REGENERATE=1 writes the file instead, for a
// deliberate change of a format; the change then shows in the diff.
inline void check_golden(const std::string& name, const Json& made) {
    const std::filesystem::path path = std::filesystem::path("tests/vectors") / name;
    const char* regenerate = std::getenv("CONSENTREE_REGENERATE");
    if (regenerate != nullptr && std::string_view(regenerate) == "1") {
        REQUIRE(replace_file(path, made.dump(1) + "\n"));
    }
    CHECK(read_json(path).dump(1) == made.dump(1));
}

}  // namespace consentree::ledger::test
