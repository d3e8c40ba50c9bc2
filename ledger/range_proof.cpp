#include "ledger/range_proof.h"

#include "common/assert.h"
#include "common/codec.h"

#include <bit>

namespace consentree::ledger {
namespace {

// The frontier of what has been appended. A subtree begins at a multiple of its width, so that
// heights fall strictly from the front to the back, and equal ones are merged at once.
class Frontier {
public:
    void append(unsigned height, Hash hash) {
        while (!heights_.empty() && heights_.back() == height) {
            hash = node_hash(hashes_.back(), hash);
            hashes_.pop_back();
            heights_.pop_back();
            ++height;
        }
        hashes_.push_back(hash);
        heights_.push_back(height);
    }
    Hash root() const { return root_of_frontier(hashes_); }

private:
    std::vector<Hash> hashes_;
    std::vector<unsigned> heights_;
};

std::vector<Hash> roots_of(const std::vector<Hash>& leaves, const std::vector<Subtree>& subtrees) {
    std::vector<Hash> roots;
    roots.reserve(subtrees.size());
    for (const Subtree& subtree : subtrees) {
        const auto first =
            leaves.begin() + static_cast<std::ptrdiff_t>(subtree.index << subtree.height);
        const auto width = static_cast<std::ptrdiff_t>(std::uint64_t{1} << subtree.height);
        roots.push_back(root_of(std::vector<Hash>(first, first + width)));
    }
    return roots;
}

void put_hashes(Writer& out, const std::vector<Hash>& hashes) {
    out.u32(static_cast<std::uint32_t>(hashes.size()));
    for (const Hash& hash : hashes) out.fixed(hash);
}

std::vector<Hash> read_hashes(Reader& input) {
    std::vector<Hash> hashes(input.count(range_proof_hashes, Hash::byte_count));
    for (Hash& hash : hashes) hash = input.fixed<Hash>();
    return hashes;
}

}  // namespace

std::vector<Subtree> subtrees_before(std::uint64_t begin) {
    return subtrees_after(0, begin);
}

std::vector<Subtree> subtrees_after(std::uint64_t end, std::uint64_t size) {
    CT_ASSERT(end <= size);
    std::vector<Subtree> subtrees;
    std::uint64_t at = end;
    while (at < size) {
        // As wide as the alignment and the rest allow; 0 is aligned to every width.
        const int fits = 63 - std::countl_zero(size - at);
        const auto height = static_cast<unsigned>(std::min(std::countr_zero(at), fits));
        subtrees.push_back({height, at >> height});
        at += std::uint64_t{1} << height;
    }
    return subtrees;
}

RangeProof range_proof(const std::vector<Hash>& leaves, std::uint64_t begin, std::uint64_t end) {
    CT_ASSERT(begin <= end && end <= leaves.size());
    return {begin, end, roots_of(leaves, subtrees_before(begin)),
            roots_of(leaves, subtrees_after(end, leaves.size()))};
}

Result<void> verify_range(const RangeProof& proof,
                          const std::vector<Hash>& leaf_hashes,
                          std::uint64_t size,
                          const Hash& root) {
    if (proof.begin > proof.end || proof.end > size) return Errc::malformed;
    if (leaf_hashes.size() != proof.end - proof.begin) return Errc::malformed;
    const std::vector<Subtree> before = subtrees_before(proof.begin);
    const std::vector<Subtree> after = subtrees_after(proof.end, size);
    if (proof.left.size() != before.size()) return Errc::malformed;
    if (proof.right.size() != after.size()) return Errc::malformed;
    Frontier all;
    for (std::size_t i = 0; i < before.size(); ++i) all.append(before[i].height, proof.left[i]);
    for (const Hash& leaf : leaf_hashes) all.append(0, leaf);
    for (std::size_t i = 0; i < after.size(); ++i) all.append(after[i].height, proof.right[i]);
    if (all.root() != root) return Errc::proof_failed;
    return {};
}

std::vector<Hash> leaves_proof(const std::vector<Hash>& leaves,
                               const std::vector<std::uint32_t>& positions) {
    std::vector<Hash> proof;
    std::uint64_t at = 0;
    const auto tile = [&](std::uint64_t until) {
        const auto roots = roots_of(leaves, subtrees_after(at, until));
        proof.insert(proof.end(), roots.begin(), roots.end());
        at = until + 1;
    };
    for (const std::uint32_t position : positions) {
        CT_ASSERT(at <= position && position < leaves.size());
        tile(position);
    }
    if (at < leaves.size()) tile(leaves.size());
    return proof;
}

Result<void> verify_leaves(const std::vector<Hash>& proof,
                           const std::vector<std::uint32_t>& positions,
                           const std::vector<Hash>& leaf_hashes,
                           std::uint64_t size,
                           const Hash& root) {
    if (positions.empty() || positions.size() != leaf_hashes.size()) return Errc::malformed;
    Frontier all;
    std::uint64_t at = 0;
    std::size_t used = 0;
    const auto tile = [&](std::uint64_t until) {
        for (const Subtree& subtree : subtrees_after(at, until)) {
            if (used == proof.size()) return false;
            all.append(subtree.height, proof[used++]);
        }
        return true;
    };
    for (std::size_t i = 0; i < positions.size(); ++i) {
        if (positions[i] < at || positions[i] >= size) return Errc::malformed;
        if (!tile(positions[i])) return Errc::malformed;
        all.append(0, leaf_hashes[i]);
        at = std::uint64_t{positions[i]} + 1;
    }
    if (!tile(size) || used != proof.size()) return Errc::malformed;
    if (all.root() != root) return Errc::proof_failed;
    return {};
}

Bytes encode(const RangeProof& proof) {
    Writer out;
    out.reserve(24 + (proof.left.size() + proof.right.size()) * Hash::byte_count);
    out.u64(proof.begin);
    out.u64(proof.end);
    put_hashes(out, proof.left);
    put_hashes(out, proof.right);
    return out.take();
}

Result<RangeProof> decode_range_proof(BytesView bytes) {
    Reader input(bytes);
    RangeProof proof;
    proof.begin = input.u64();
    proof.end = input.u64();
    proof.left = read_hashes(input);
    proof.right = read_hashes(input);
    if (const auto done = input.finish(); !done) return done.error();
    return proof;
}

}  // namespace consentree::ledger
