#include "ledger/tree_levels.h"

#include "common/assert.h"

#include <bit>

namespace consentree::ledger {
namespace {

constexpr std::array<std::uint8_t, 1> leaf_prefix{0x00};

// The next level up: neighbours are hashed in pairs, a last one without a partner moves up as it
// is. Repeated, this gives the tree of RFC 6962 2.1, which splits at the largest power of two.
std::vector<Hash> parents_of(const std::vector<Hash>& nodes) {
    std::vector<Hash> parents;
    parents.reserve(nodes.size() / 2 + 1);
    for (std::size_t i = 0; i + 1 < nodes.size(); i += 2) {
        parents.push_back(node_hash(nodes[i], nodes[i + 1]));
    }
    if (nodes.size() % 2 == 1) parents.push_back(nodes.back());
    return parents;
}

}  // namespace

Hash leaf_hash(BytesView leaf) {
    return sha256({leaf_prefix, leaf});
}

Hash leaf_hash(BytesView head, BytesView tail) {
    return sha256({leaf_prefix, head, tail});
}

Hash node_hash(const Hash& left, const Hash& right) {
    std::array<std::uint8_t, 65> message;
    message[0] = 0x01;
    std::memcpy(message.data() + 1, left.data(), 32);
    std::memcpy(message.data() + 33, right.data(), 32);
    return sha256(message);
}

Hash empty_root() {
    return sha256(BytesView{});
}

Hash root_of(const std::vector<Hash>& leaves) {
    if (leaves.empty()) return empty_root();
    std::vector<Hash> nodes = leaves;
    while (nodes.size() > 1) nodes = parents_of(nodes);
    return nodes.front();
}

Hash root_of_frontier(const std::vector<Hash>& frontier) {
    if (frontier.empty()) return empty_root();
    Hash hash = frontier.back();
    for (std::size_t i = frontier.size() - 1; i-- > 0;) hash = node_hash(frontier[i], hash);
    return hash;
}

TreeLevels::TreeLevels(std::vector<Hash> leaves) {
    CT_ASSERT(!leaves.empty());
    levels_.push_back(std::move(leaves));
    while (levels_.back().size() > 1) levels_.push_back(parents_of(levels_.back()));
}

std::vector<Hash> TreeLevels::path(std::uint64_t index) const {
    CT_ASSERT(index < levels_.front().size());
    std::vector<Hash> path;
    for (const std::vector<Hash>& nodes : levels_) {
        const std::uint64_t sibling = index ^ 1;
        if (sibling < nodes.size()) path.push_back(nodes[sibling]);
        index >>= 1;
    }
    return path;
}

std::vector<Hash> path_of(const std::vector<Hash>& leaves, std::uint64_t index) {
    return TreeLevels(leaves).path(index);
}

Result<void> verify_inclusion(std::uint64_t index,
                              std::uint64_t size,
                              const Hash& leaf,
                              const std::vector<Hash>& path,
                              const Hash& root) {
    if (index >= size) return Errc::malformed;
    std::uint64_t node = index;
    std::uint64_t last = size - 1;
    Hash hash = leaf;
    for (const Hash& sibling : path) {
        if (last == 0) return Errc::proof_failed;  // The path is too long.
        if ((node & 1) == 1 || node == last) {
            hash = node_hash(sibling, hash);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if (last != 0 || hash != root) return Errc::proof_failed;
    return {};
}

}  // namespace consentree::ledger
