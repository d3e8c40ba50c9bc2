// Hidden: ledger_log_test "[.bench]" reports updates a second of CPU, build time, bytes a key.
#include "ledger/patricia_tree.h"

#include "log_fixture.h"

#include <atomic>
#include <bitset>
#include <ctime>
#include <iostream>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

using Random = std::mt19937_64;
using Rows = std::map<Hash, Hash>;

// The definition, word for word: entries sorted by their strings of bits.
struct ModelEntry {
    std::string bits;
    Bytes key, value;
};
using Model = std::span<const ModelEntry>;

std::string bits_of(BytesView key) {
    std::string bits;
    for (const std::uint8_t byte : key) bits += std::bitset<8>(byte).to_string();
    bits += "00000000";
    bits.resize(40 * 8, '1');
    return bits;
}

std::vector<ModelEntry> model_of(const std::map<Bytes, Bytes>& rows) {
    std::vector<ModelEntry> model;
    for (const auto& [key, value] : rows) model.push_back({bits_of(key), key, value});
    std::ranges::sort(model, {}, &ModelEntry::bits);
    return model;
}

void append(Bytes& out, BytesView more) {
    out.insert(out.end(), more.begin(), more.end());
}

// The first bit where entries differ, and how many have it clear.
std::pair<std::size_t, std::size_t> fork_of(Model model) {
    std::size_t bit = 0;
    while (model.front().bits[bit] == model.back().bits[bit]) ++bit;
    std::size_t count = 0;
    while (model[count].bits[bit] == '0') ++count;
    return {bit, count};
}

Hash model_root(Model model) {
    if (model.empty()) return sha256(BytesView{});
    if (model.size() == 1) return patricia_leaf(model[0].key, model[0].value);
    const auto [bit, count] = fork_of(model);
    return patricia_node(bit, model_root(model.first(count)), model_root(model.subspan(count)));
}

// Returns the leaf where the search for the bits ends.
const ModelEntry& model_path(Model model, const std::string& bits, Bytes& path) {
    if (model.size() == 1) return model[0];
    const auto [bit, count] = fork_of(model);
    Model way = model.first(count), other = model.subspan(count);
    if (bits[bit] == '1') std::swap(way, other);
    const ModelEntry& leaf = model_path(way, bits, path);
    append_varint(path, bit);
    append(path, model_root(other).view());
    return leaf;
}

Bytes model_proof(Model model, const Bytes& key) {
    if (model.empty()) return {};
    Bytes path;
    const ModelEntry& leaf = model_path(model, bits_of(key), path);
    if (leaf.key == key) return path;
    Bytes proof;
    for (const Bytes* part : {&leaf.key, &leaf.value}) {
        append_varint(proof, part->size());
        append(proof, *part);
    }
    append(proof, path);
    return proof;
}

Hash random_hash(Random& random) {
    return test_leaf(random());
}

Hash key_in(const Rows& rows, Random& random) {
    return std::next(rows.begin(), static_cast<long>(random() % rows.size()))->first;
}

// Half of the keys differ in a few bits only from one that is there.
Hash random_key(const Rows& rows, Random& random) {
    if (rows.empty() || random() % 2 == 0) return random_hash(random);
    Hash key = key_in(rows, random);
    const std::size_t bit = random() % 256;
    key.bytes[bit / 8] = static_cast<std::uint8_t>(key.bytes[bit / 8] ^ (0x80 >> bit % 8));
    return key;
}

Rows random_rows(std::size_t count, Random& random) {
    Rows rows;
    while (rows.size() < count) rows[random_key(rows, random)] = random_hash(random);
    return rows;
}

std::vector<ModelEntry> model_of(const Rows& rows) {
    std::map<Bytes, Bytes> plain;
    for (const auto& [key, value] : rows) plain[to_bytes(key.view())] = to_bytes(value.view());
    return model_of(plain);
}

std::vector<PatriciaEntry> entries_of(const Rows& rows) {
    std::vector<PatriciaEntry> entries;
    for (const auto& [key, value] : rows) entries.push_back({key, value});
    return entries;
}

PatriciaTree tree_of(const Rows& rows) {
    PatriciaTree::Builder builder;
    for (const auto& [key, value] : rows) builder.add(key, value);
    return builder.finish();
}

// Changes some rows, adds others, and tells the tree.
void change(Rows& rows, PatriciaTree& tree, std::size_t count, Random& random) {
    Rows batch;
    while (batch.size() < count) {
        const Hash key = random() % 4 != 0 ? key_in(rows, random) : random_key(rows, random);
        rows[key] = batch[key] = random_hash(random);
    }
    tree.update(entries_of(batch));
}

Result<void> verify(const PatriciaVersion& version, const Hash& key, const Bytes& proof) {
    const auto value = version.find(key);
    if (!value) return verify_absence(version.root(), key.view(), proof);
    return verify_presence(version.root(), key.view(), value->view(), proof);
}

void check_version(const PatriciaVersion& version, const Rows& rows, Random& random) {
    const auto model = model_of(rows);
    REQUIRE(version.size() == rows.size());
    REQUIRE(version.root() == model_root(model));
    for (int i = 0; i < 8; ++i) {
        const bool is_old = !rows.empty() && i % 2 == 0;
        const Hash key = is_old ? key_in(rows, random) : random_key(rows, random);
        const Bytes proof = version.prove(key);
        REQUIRE(proof == model_proof(model, to_bytes(key.view())));
        REQUIRE(verify(version, key, proof));
        const auto value = version.find(key);
        REQUIRE(value.has_value() == rows.contains(key));
        if (value) REQUIRE(*value == rows.at(key));
        if (value) REQUIRE_FALSE(verify_absence(version.root(), key.view(), proof));
        REQUIRE_FALSE(verify_presence(version.root(), key.view(), key.view(), proof));
    }
}

// A file of words: '' is empty, the words after the first are joined to one value.
std::vector<std::vector<std::string>> read_words(const std::filesystem::path& path) {
    const auto text = read_file(path, 1 << 20);
    REQUIRE(text.has_value());
    std::vector<std::vector<std::string>> lines;
    std::istringstream input{std::string(*text)};
    for (std::string line; std::getline(input, line);) {
        std::istringstream rest(line);
        std::vector<std::string> words;
        for (std::string word; rest >> word;) words.push_back(word == "''" ? "" : word);
        if (!words.empty() && words[0] != "#") lines.push_back(words);
    }
    return lines;
}

std::optional<std::filesystem::path> vectors_or_warn() {
    auto folder = shared_vectors();
    if (!folder) WARN("no shared vectors: skipped");
    return folder;
}

Bytes unhex(const Json& text) {
    return from_hex(text.get<std::string>()).value();
}

Hash unhex_hash(const Json& text) {
    return Hash::from(unhex(text)).value();
}

}  // namespace

TEST_CASE("patricia: hashes as the format says") {
    const Hash a = test_leaf(1);
    const Hash b = test_leaf(2);
    CHECK(patricia_empty() == sha256(BytesView{}));
    CHECK(patricia_leaf(a.view(), b.view()) ==
          sha256({Bytes{0, 32}, a.view(), Bytes{32}, b.view()}));
    CHECK(patricia_leaf({}, Bytes(300, 7)) == sha256({Bytes{0, 0, 0xac, 2}, Bytes(300, 7)}));
    CHECK(patricia_node(127, a, b) == sha256({Bytes{1, 127}, a.view(), b.view()}));
    CHECK(patricia_node(200, a, b) == sha256({Bytes{1, 0xc8, 1}, a.view(), b.view()}));
}

TEST_CASE("patricia: the tree hashes of torchwood") {
    const auto folder = vectors_or_warn();
    if (!folder) return;
    std::map<Bytes, Bytes> rows;
    int count = 0;
    for (const auto& words : read_words(*folder / "torchwood-mpt" / "treehash.txt")) {
        if (words[0] == "kv") {
            rows[unhex(words.at(1))] = unhex(words.at(2));
            continue;
        }
        const auto model = model_of(rows);
        CHECK(to_hex(model_root(model).view()) == words.at(1));
        Rows fixed;
        for (const auto& [key, value] : rows) {
            const auto at = Hash::from(key), to = Hash::from(value);
            if (at && to) fixed[*at] = *to;
            CHECK(verify_presence(model_root(model), key, value, model_proof(model, key)));
        }
        if (fixed.size() == rows.size()) CHECK(tree_of(fixed).root() == model_root(model));
        rows.clear();
        ++count;
    }
    CHECK(count == 15);
}

TEST_CASE("patricia: the proofs of torchwood hold and fail as they must") {
    const auto folder = vectors_or_warn();
    if (!folder) return;
    std::map<std::string, std::string> state;
    int count = 0;
    for (const auto& words : read_words(*folder / "torchwood-mpt" / "verify.txt")) {
        std::string joined;
        for (std::size_t i = 1; i < words.size(); ++i) joined += words[i];
        if (words[0] != "verify") {
            state[words[0]] = joined;
            continue;
        }
        const Hash root = unhex_hash(state["snap"]);
        const auto [key, proof] = std::pair(unhex(state["key"]), unhex(state["proof"]));
        const auto result = state["val"] == "-"
                                ? verify_absence(root, key, proof)
                                : verify_presence(root, key, unhex(state["val"]), proof);
        CHECK(result.has_value() == (joined == "true"));
        ++count;
    }
    CHECK(count == 19);
}

TEST_CASE("patricia: the map of the worked index example") {
    const auto folder = vectors_or_warn();
    if (!folder) return;
    const Json example = read_json(*folder / "proposed-index-scheme" / "example.json");
    Rows rows;
    for (const auto& [key, value] : example["map_values"].items()) {
        const Hash leaf_value = sha256({Bytes{0xd3}, unhex(value)});
        CHECK(leaf_value == unhex_hash(example["map_leaf_values"][key]));
        rows[unhex_hash(key)] = leaf_value;
    }
    const auto version = tree_of(rows).version();
    CHECK(version->root() == unhex_hash(example["index_root"]));
    for (const char* part : {"query", "absence"}) {
        const Json& asked = example[part];
        const Hash key = unhex_hash(asked["map_key"]);
        CHECK(version->prove(key) == unhex(asked["mpt_proof"]));
        CHECK(verify(*version, key, version->prove(key)));
        CHECK(version->find(key).has_value() == (part == std::string_view("query")));
    }
}

TEST_CASE("patricia: keys of any length, one the beginning of the other") {
    Random random(1);
    for (int round = 0; round < 300; ++round) {
        std::map<Bytes, Bytes> rows;
        std::vector<Bytes> keys(1 + random() % 20);
        for (Bytes& key : keys) {
            key.resize(random() % 4);
            for (auto& byte : key) byte = std::array<std::uint8_t, 3>{0, 0x7f, 0xff}[random() % 3];
            if (random() % 4 != 0) rows[key] = Bytes(random() % 3, 5);
        }
        const auto model = model_of(rows);
        const Hash root = model_root(model);
        for (const Bytes& key : keys) {
            const Bytes proof = model_proof(model, key);
            const bool is_there = rows.contains(key);
            REQUIRE(verify_presence(root, key, rows[key], proof).has_value() == is_there);
            REQUIRE(verify_absence(root, key, proof).has_value() != is_there);
            if (!is_there) rows.erase(key);
        }
    }
}

TEST_CASE("patricia: trees of up to 300 keys are those of the definition") {
    Random random(2);
    for (std::size_t count = 0; count <= 300; count += 1 + count / 20) {
        const Rows rows = random_rows(count, random);
        check_version(*tree_of(rows).version(), rows, random);
    }
}

TEST_CASE("patricia: neither the order of insertion nor the batches matter") {
    Random random(3);
    for (std::size_t count = 1; count <= 300; count += 13) {
        const Rows rows = random_rows(count, random);
        std::vector<PatriciaEntry> entries = entries_of(rows);
        std::shuffle(entries.begin(), entries.end(), random);
        PatriciaTree tree;
        for (std::size_t begin = 0; begin < count;) {
            const std::size_t end = std::min(count, begin + 1 + random() % 90);
            Rows batch;
            for (; begin < end; ++begin) batch[entries[begin].key] = entries[begin].value;
            tree.update(entries_of(batch));
        }
        tree.update(entries_of({*rows.begin()}));  // Again, to no effect.
        CHECK(tree.root() == tree_of(rows).root());
        check_version(*tree.version(), rows, random);
    }
}

TEST_CASE("patricia: a proof that was touched does not hold") {
    Random random(4);
    for (const std::size_t count : std::array<std::size_t, 4>{1, 2, 3, 40}) {
        const Rows rows = random_rows(count, random);
        const auto version = tree_of(rows).version();
        for (const Hash& key : {rows.begin()->first, random_key(rows, random)}) {
            const Bytes proof = version->prove(key);
            REQUIRE(verify(*version, key, proof));
            for (std::size_t i = 0; i < proof.size() * 8; ++i) {
                Bytes touched = proof;
                touched[i / 8] = static_cast<std::uint8_t>(touched[i / 8] ^ (1 << i % 8));
                REQUIRE_FALSE(verify(*version, key, touched));
            }
            for (std::size_t size = 0; size < proof.size() + 70; ++size) {
                Bytes resized = proof;
                resized.resize(size);
                if (size != proof.size()) REQUIRE_FALSE(verify(*version, key, resized));
            }
        }
    }
}

TEST_CASE("patricia: what is no proof is malformed, what is a wrong one fails") {
    const auto malformed = make_error_code(Errc::malformed);
    const auto disproved = make_error_code(Errc::proof_failed);
    const Hash a = test_leaf(1);
    const auto presence = [&](const std::vector<Bytes>& bits) {
        Bytes proof;
        for (const Bytes& bit : bits) {
            append(proof, bit);
            append(proof, a.view());
        }
        return verify_presence(a, a.view(), a.view(), proof);
    };
    CHECK(presence({}).error() == disproved);
    CHECK(presence({{5}, {4}}).error() == disproved);
    CHECK(presence({{4}, {4}}).error() == malformed);
    CHECK(presence({{4}, {5}}).error() == malformed);
    CHECK(presence({{0xff, 1}}).error() == disproved);
    CHECK(presence({{0x85, 0}}).error() == malformed);        // Not the shortest.
    CHECK(presence({{0x80, 0x80, 1}}).error() == malformed);  // No key has such a bit.
    CHECK(presence({{0x80, 0x40}}).error() == disproved);     // 8192, the last one.
    CHECK(presence({{0x81, 0x40}}).error() == malformed);
    for (const Bytes& cut : {Bytes{5}, Bytes{0x85}, Bytes(32), Bytes(34)})
        CHECK(verify_presence(a, a.view(), a.view(), cut).error() == malformed);
    const Bytes too_long(1025);
    CHECK(verify_presence(a, too_long, a.view(), {}).error() == malformed);
    CHECK(verify_presence(a, a.view(), too_long, {}).error() == malformed);
    CHECK(verify_absence(a, too_long, {}).error() == malformed);
    CHECK(verify_absence(a, a.view(), {}).error() == disproved);
    CHECK(verify_absence(patricia_empty(), a.view(), {}));
    CHECK(verify_absence(a, a.view(), Bytes{0, 0}).error() == disproved);
    Bytes key_too_long{0x81, 0x08};
    key_too_long.resize(2 + 1025 + 1);
    for (const Bytes& cut : {Bytes{0}, Bytes{0, 0, 0}, Bytes{1}, key_too_long})
        CHECK(verify_absence(a, a.view(), cut).error() == malformed);
    Bytes own{32};
    append(own, a.view());
    own.push_back(0);
    CHECK(verify_absence(patricia_leaf(a.view(), {}), a.view(), own).error() == disproved);
}

TEST_CASE("patricia: old versions prove what they proved, whatever follows") {
    Random random(5);
    Rows rows = random_rows(200, random);
    std::optional<PatriciaTree> tree = tree_of(rows);
    std::vector<std::pair<std::shared_ptr<const PatriciaVersion>, Rows>> kept;
    for (int round = 0; round < 200; ++round) {
        if (random() % 2 == 0) kept.emplace_back(tree->version(), rows);
        if (kept.size() > 8) kept.erase(kept.begin() + static_cast<long>(random() % 8));
        change(rows, *tree, 1 + random() % 100, random);
        if (round % 10 == 0) check_version(*tree->version(), rows, random);
    }
    kept.emplace_back(tree->version(), rows);
    tree.reset();  // The versions outlive it.
    for (const auto& [version, then] : kept) check_version(*version, then, random);
}

TEST_CASE("patricia: replaced nodes are used again once their versions have gone") {
    Random random(6);
    Rows rows = random_rows(5000, random);
    PatriciaTree tree = tree_of(rows);
    const auto run = [&](int rounds) {
        std::shared_ptr<const PatriciaVersion> last, before;
        for (int round = 0; round < rounds; ++round) {
            before = std::exchange(last, tree.version());
            std::vector<PatriciaEntry> batch;
            for (const auto& [key, value] : rows) {
                if (random() % 10 == 0) batch.push_back({key, random_hash(random)});
            }
            tree.update(batch);
        }
    };
    run(20);
    const std::size_t settled = tree.memory_bytes();
    run(100);
    CHECK(tree.memory_bytes() <= settled + settled / 50);
    auto pinned = tree.version();
    run(100);
    const std::size_t grown = tree.memory_bytes();
    CHECK(grown > 2 * settled);  // The test can see growth.
    pinned.reset();
    run(100);
    CHECK(tree.memory_bytes() <= grown);
}

TEST_CASE("patricia: readers prove from versions while the writer goes on") {
    Random random(7);
    Rows rows = random_rows(2000, random);
    PatriciaTree tree = tree_of(rows);
    std::mutex mutex;
    std::shared_ptr<const PatriciaVersion> published = tree.version();
    std::atomic<bool> is_done = false;
    std::atomic<int> failures = 0;
    const auto keys = entries_of(rows);
    const auto take = [&] {
        const std::lock_guard lock(mutex);
        return published;
    };
    const auto read = [&](std::uint64_t seed) {
        Random choice(seed);
        std::shared_ptr<const PatriciaVersion> old;
        for (int round = 0; round < 50 || !is_done; ++round) {
            const auto version = take();
            if (round % 16 == 0) old = version;
            for (const auto* from : {version.get(), old.get()}) {
                Hash key = keys[choice() % keys.size()].key;
                if (choice() % 4 == 0) key = random_hash(choice);
                if (!verify(*from, key, from->prove(key))) ++failures;
            }
        }
    };
    std::vector<std::thread> readers;
    for (std::uint64_t seed = 0; seed < 3; ++seed) readers.emplace_back(read, seed);
    for (int round = 0; round < 150; ++round) {
        change(rows, tree, 50, random);
        auto next = tree.version();
        const std::lock_guard lock(mutex);
        published = std::move(next);
    }
    is_done = true;
    for (std::thread& reader : readers) reader.join();
    CHECK(failures == 0);
    check_version(*tree.version(), rows, random);
}

TEST_CASE("patricia: updates a second", "[.bench]") {
    Random random(8);
    const auto now = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
    for (const std::size_t count : std::array<std::size_t, 2>{1'000'000, 5'000'000}) {
        std::vector<Hash> keys(count);
        for (Hash& key : keys) key = random_hash(random);
        std::sort(keys.begin(), keys.end());
        const double begun = now();
        PatriciaTree::Builder builder;
        for (const Hash& key : keys) builder.add(key, key);
        PatriciaTree tree = builder.finish();
        std::cout << count << " keys: built in " << now() - begun << " s, ";
        double seconds = 0;
        std::shared_ptr<const PatriciaVersion> version;
        for (int round = 0; round < 300; ++round) {
            Rows batch;
            while (batch.size() < 1000) batch[keys[random() % count]] = random_hash(random);
            const std::vector<PatriciaEntry> entries = entries_of(batch);
            seconds -= now();
            tree.update(entries);
            version = tree.version();
            seconds += now();
        }
        std::cout << 300'000 / seconds << " updates/s in batches of 1000, "
                  << static_cast<double>(tree.memory_bytes()) / static_cast<double>(count)
                  << " bytes a key\n";
    }
}
