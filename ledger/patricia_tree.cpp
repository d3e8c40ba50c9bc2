#include "ledger/patricia_tree.h"

#include "common/assert.h"

#include <bit>
#include <map>
#include <mutex>

namespace consentree::ledger {
namespace {

constexpr std::size_t key_bits = Hash::byte_count * 8;
constexpr std::size_t warm_entries = 64;
constexpr std::uint32_t leaf_flag = std::uint32_t{1} << 31;

struct Inner {
    Hash hash;
    PatriciaRef left;
    PatriciaRef right;
    std::uint32_t bit;
};
static_assert(sizeof(Inner) == 44 && sizeof(PatriciaEntry) == 64);

bool bit_of(const Hash& key, std::size_t bit) {
    return ((key.bytes[bit / 8] >> (7 - bit % 8)) & 1) == 1;
}

// The first bit where two keys differ; key_bits if they do not.
std::size_t parting_bit(const Hash& a, const Hash& b) {
    for (std::size_t i = 0; i < Hash::byte_count; i += sizeof(std::uint64_t)) {
        std::uint64_t x = 0;
        std::uint64_t y = 0;
        std::memcpy(&x, a.data() + i, sizeof x);
        std::memcpy(&y, b.data() + i, sizeof y);
        if (x == y) continue;
        const std::uint64_t differing = __builtin_bswap64(x ^ y);
        return i * 8 + static_cast<std::size_t>(std::countl_zero(differing));
    }
    return key_bits;
}

// How many of the entries, which agree before the bit, have it clear.
std::size_t count_left(std::span<const PatriciaEntry> entries, std::size_t bit) {
    const auto middle =
        std::partition_point(entries.begin(), entries.end(),
                             [bit](const PatriciaEntry& entry) { return !bit_of(entry.key, bit); });
    return static_cast<std::size_t>(middle - entries.begin());
}

// Nodes of one kind at addresses that never change. The table of chunks has its full length from
// the start: readers look nodes up in it while the writer adds chunks, which are other elements.
template <class Node>
class Pool {
public:
    const Node& at(std::uint32_t index) const {
        return chunks_[index / chunk_nodes][index % chunk_nodes];
    }
    std::uint32_t add(const Node& node) {
        std::uint32_t index = count_;
        if (!free_.empty()) {
            index = free_.back();
            free_.pop_back();
            if (free_.size() >= 8) fetch(free_[free_.size() - 8]);  // Soon to be written.
        } else {
            CT_ASSERT(index / chunk_nodes < chunks_.size());
            auto& chunk = chunks_[index / chunk_nodes];
            if (chunk == nullptr) chunk = std::make_unique<Node[]>(chunk_nodes);
            ++count_;
        }
        chunks_[index / chunk_nodes][index % chunk_nodes] = node;
        return index;
    }
    void fetch(std::uint32_t index) const { __builtin_prefetch(&at(index)); }
    void reuse(std::uint32_t index) { free_.push_back(index); }
    std::size_t memory_bytes() const {
        const std::size_t chunks = (std::size_t{count_} + chunk_nodes - 1) / chunk_nodes;
        return chunks * chunk_nodes * sizeof(Node) + chunks_.size() * sizeof chunks_[0] +
               free_.capacity() * sizeof free_[0];
    }

private:
    static constexpr std::uint32_t chunk_nodes = 1 << 14;
    static constexpr std::size_t chunk_count = std::size_t{1} << 15;  // 2^29 nodes.

    std::vector<std::unique_ptr<Node[]>> chunks_{chunk_count};
    std::vector<std::uint32_t> free_;
    std::uint32_t count_ = 0;
};

}  // namespace

// The nodes of a tree and of all its versions. Only the writer adds nodes and uses them again;
// readers reach none but those of their version, which were written before it was taken. Shared
// by the tree and its versions, and gone with the last of them.
class PatriciaArena {
public:
    static bool is_leaf(PatriciaRef node) {
        return (static_cast<std::uint32_t>(node) & leaf_flag) != 0;
    }
    const Inner& inner(PatriciaRef node) const {
        return inners_.at(static_cast<std::uint32_t>(node));
    }
    const PatriciaEntry& leaf(PatriciaRef node) const {
        return leaves_.at(static_cast<std::uint32_t>(node) & ~leaf_flag);
    }
    void fetch(PatriciaRef node) const {
        const auto index = static_cast<std::uint32_t>(node);
        if (is_leaf(node)) {
            leaves_.fetch(index & ~leaf_flag);
        } else {
            inners_.fetch(index);
        }
    }
    PatriciaRef add_leaf(const PatriciaEntry& entry) {
        return static_cast<PatriciaRef>(leaves_.add(entry) | leaf_flag);
    }
    PatriciaRef add_inner(std::size_t bit, PatriciaRef left, PatriciaRef right) {
        const Hash hash = patricia_node(bit, hash_of(left), hash_of(right));
        return static_cast<PatriciaRef>(
            inners_.add({hash, left, right, static_cast<std::uint32_t>(bit)}));
    }
    void reuse(PatriciaRef node) {
        const auto index = static_cast<std::uint32_t>(node);
        if (is_leaf(node)) {
            leaves_.reuse(index & ~leaf_flag);
        } else {
            inners_.reuse(index);
        }
    }
    // A leaf's hash is not kept: it is wanted only when its parent is hashed or a proof is made.
    Hash hash_of(PatriciaRef node) const {
        if (node == PatriciaRef::none) return patricia_empty();
        if (!is_leaf(node)) return inner(node).hash;
        const PatriciaEntry& entry = leaf(node);
        return patricia_leaf(entry.key.view(), entry.value.view());
    }
    // Of any leaf below: all agree in the bits before the node's own.
    const Hash& key_below(PatriciaRef node) const {
        while (!is_leaf(node)) node = inner(node).left;
        return leaf(node).key;
    }
    std::size_t memory_bytes() const { return inners_.memory_bytes() + leaves_.memory_bytes(); }

    // A reader drops its version after its last look at a node, and the writer asks for the oldest
    // before it uses one again: this mutex puts the one before the other.
    void add_version(std::uint64_t generation) {
        const std::lock_guard lock(mutex_);
        ++versions_[generation];
    }
    void drop_version(std::uint64_t generation) {
        const std::lock_guard lock(mutex_);
        const auto found = versions_.find(generation);
        if (--found->second == 0) versions_.erase(found);
    }
    std::optional<std::uint64_t> oldest_version() const {
        const std::lock_guard lock(mutex_);
        if (versions_.empty()) return std::nullopt;
        return versions_.begin()->first;
    }

private:
    Pool<Inner> inners_;
    Pool<PatriciaEntry> leaves_;
    mutable std::mutex mutex_;
    std::map<std::uint64_t, std::size_t> versions_;  // How many live, by generation.
};

PatriciaVersion::PatriciaVersion(std::shared_ptr<PatriciaArena> arena,
                                 PatriciaRef top,
                                 std::uint64_t generation,
                                 std::uint64_t size)
    : arena_(std::move(arena)),
      top_(top),
      generation_(generation),
      size_(size),
      root_(arena_->hash_of(top)) {
    arena_->add_version(generation_);
}

PatriciaVersion::~PatriciaVersion() {
    arena_->drop_version(generation_);
}

std::optional<Hash> PatriciaVersion::find(const Hash& key) const {
    if (top_ == PatriciaRef::none) return std::nullopt;
    PatriciaRef node = top_;
    while (!PatriciaArena::is_leaf(node)) {
        const Inner& inner = arena_->inner(node);
        node = bit_of(key, inner.bit) ? inner.right : inner.left;
    }
    const PatriciaEntry& entry = arena_->leaf(node);
    if (entry.key != key) return std::nullopt;
    return entry.value;
}

Bytes PatriciaVersion::prove(const Hash& key) const {
    if (top_ == PatriciaRef::none) return {};
    std::vector<std::pair<std::size_t, PatriciaRef>> siblings;  // From the root down.
    PatriciaRef node = top_;
    while (!PatriciaArena::is_leaf(node)) {
        const Inner& inner = arena_->inner(node);
        const bool is_right = bit_of(key, inner.bit);
        siblings.emplace_back(inner.bit, is_right ? inner.left : inner.right);
        node = is_right ? inner.right : inner.left;
    }
    Bytes proof;
    proof.reserve((siblings.size() + 2) * (Hash::byte_count + 2));
    const auto append = [&proof](const Hash& hash) {
        proof.insert(proof.end(), hash.bytes.begin(), hash.bytes.end());
    };
    const PatriciaEntry& entry = arena_->leaf(node);
    if (entry.key != key) {
        append_varint(proof, Hash::byte_count);
        append(entry.key);
        append_varint(proof, Hash::byte_count);
        append(entry.value);
    }
    for (std::size_t i = siblings.size(); i-- > 0;) {
        append_varint(proof, siblings[i].first);
        append(arena_->hash_of(siblings[i].second));
    }
    return proof;
}

PatriciaTree::PatriciaTree() : arena_(std::make_shared<PatriciaArena>()) {}
PatriciaTree::~PatriciaTree() = default;
PatriciaTree::PatriciaTree(PatriciaTree&&) noexcept = default;
PatriciaTree& PatriciaTree::operator=(PatriciaTree&&) noexcept = default;

void PatriciaTree::update(std::span<const PatriciaEntry> entries) {
    for (std::size_t i = 1; i < entries.size(); ++i) {
        CT_ASSERT(entries[i - 1].key < entries[i].key);
    }
    reuse_unreachable();
    if (entries.empty()) return;
    top_ = top_ == PatriciaRef::none ? build(entries) : descend(top_, 0, entries, false);
    if (!replaced_.empty()) {
        retired_.push_back({generation_, std::move(replaced_)});
        replaced_.clear();
    }
    ++generation_;
}

Hash PatriciaTree::root() const {
    return arena_->hash_of(top_);
}

std::size_t PatriciaTree::memory_bytes() const {
    std::size_t bytes = arena_->memory_bytes();
    for (const Retired& each : retired_) bytes += each.nodes.capacity() * sizeof(PatriciaRef);
    return bytes;
}

std::shared_ptr<const PatriciaVersion> PatriciaTree::version() const {
    return std::make_shared<PatriciaVersion>(arena_, top_, generation_, size_);
}

void PatriciaTree::reuse_unreachable() {
    const auto oldest = arena_->oldest_version();
    while (!retired_.empty() && (!oldest || retired_.front().generation < *oldest)) {
        for (const PatriciaRef node : retired_.front().nodes) arena_->reuse(node);
        retired_.pop_front();
    }
}

// Asks for the nodes that the entries will need, level by level: many reads of memory are then
// under way at once, where the walk that follows would wait for each.
void PatriciaTree::warm(PatriciaRef node, std::span<const PatriciaEntry> entries) const {
    std::array<PatriciaRef, warm_entries> at;
    std::fill_n(at.begin(), entries.size(), node);
    for (bool is_deeper = true; is_deeper;) {
        is_deeper = false;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (PatriciaArena::is_leaf(at[i])) continue;
            const Inner& inner = arena_->inner(at[i]);
            arena_->fetch(inner.left);
            arena_->fetch(inner.right);
            at[i] = bit_of(entries[i].key, inner.bit) ? inner.right : inner.left;
            is_deeper = true;
        }
    }
}

PatriciaRef PatriciaTree::descend(PatriciaRef node,
                                  std::size_t from,
                                  std::span<const PatriciaEntry> entries,
                                  bool is_warm) {
    if (entries.empty()) return node;
    if (!is_warm && entries.size() <= warm_entries) warm(node, entries);
    return apply(node, from, entries);
}

// All keys of the subtree and of the entries agree in the bits before from.
PatriciaRef PatriciaTree::apply(PatriciaRef node,
                                std::size_t from,
                                std::span<const PatriciaEntry> entries) {
    const bool is_leaf = PatriciaArena::is_leaf(node);
    const std::size_t bit = is_leaf ? key_bits : arena_->inner(node).bit;
    if (from < bit) {  // The node passes bits over: an entry may part from its keys there.
        const Hash& key = arena_->key_below(node);
        const std::size_t parting =
            std::min(parting_bit(key, entries.front().key), parting_bit(key, entries.back().key));
        if (parting < bit) return branch_off(node, bit_of(key, parting), parting, entries);
    }
    if (is_leaf) return change_leaf(node, entries.front());
    const PatriciaRef old_left = arena_->inner(node).left;
    const PatriciaRef old_right = arena_->inner(node).right;
    const std::size_t count = count_left(entries, bit);
    const bool is_warm = entries.size() <= warm_entries;
    const PatriciaRef left = descend(old_left, bit + 1, entries.first(count), is_warm);
    const PatriciaRef right = descend(old_right, bit + 1, entries.subspan(count), is_warm);
    if (left == old_left && right == old_right) return node;
    replaced_.push_back(node);
    return arena_->add_inner(bit, left, right);
}

// A new inner node above the given one, whose keys have the bit as is_right says.
PatriciaRef PatriciaTree::branch_off(PatriciaRef node,
                                     bool is_right,
                                     std::size_t bit,
                                     std::span<const PatriciaEntry> entries) {
    const std::size_t count = count_left(entries, bit);
    const auto left = entries.first(count);
    const auto right = entries.subspan(count);
    const auto beside = is_right ? right : left;
    const PatriciaRef old_side = descend(node, bit + 1, beside, true);
    const PatriciaRef new_side = build(is_right ? left : right);
    return is_right ? arena_->add_inner(bit, new_side, old_side)
                    : arena_->add_inner(bit, old_side, new_side);
}

PatriciaRef PatriciaTree::change_leaf(PatriciaRef leaf, const PatriciaEntry& entry) {
    if (arena_->leaf(leaf).value == entry.value) return leaf;
    replaced_.push_back(leaf);
    return arena_->add_leaf(entry);
}

PatriciaRef PatriciaTree::build(std::span<const PatriciaEntry> entries) {
    if (entries.size() == 1) {
        ++size_;
        return arena_->add_leaf(entries.front());
    }
    const std::size_t bit = parting_bit(entries.front().key, entries.back().key);
    const std::size_t count = count_left(entries, bit);
    const PatriciaRef left = build(entries.first(count));
    const PatriciaRef right = build(entries.subspan(count));
    return arena_->add_inner(bit, left, right);
}

PatriciaTree::Builder::Builder() = default;

void PatriciaTree::Builder::add(const Hash& key, const Hash& value) {
    if (!subtrees_.empty()) {
        CT_ASSERT(last_key_ < key);
        const std::size_t bit = parting_bit(last_key_, key);
        while (!bits_.empty() && bits_.back() > bit) join_last();
        bits_.push_back(bit);
    }
    subtrees_.push_back(tree_.arena_->add_leaf({key, value}));
    last_key_ = key;
    ++tree_.size_;
}

void PatriciaTree::Builder::join_last() {
    const PatriciaRef right = subtrees_.back();
    subtrees_.pop_back();
    subtrees_.back() = tree_.arena_->add_inner(bits_.back(), subtrees_.back(), right);
    bits_.pop_back();
}

PatriciaTree PatriciaTree::Builder::finish() {
    while (!bits_.empty()) join_last();
    if (!subtrees_.empty()) tree_.top_ = subtrees_.front();
    return std::move(tree_);
}

}  // namespace consentree::ledger
