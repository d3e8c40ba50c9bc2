// Proofs that consecutive leaves [begin, end) are exactly those of an RFC 6962 tree: the roots of
// the compact ranges on both sides (transparency-dev/merkle, docs/compact_ranges.md). Pure
// functions. A size is only as good as its root: both must come from one trusted statement,
// because trees of different sizes can have the same shape where a proof looks.
#pragma once

#include "ledger/merkle.h"

namespace consentree::ledger {

// Hashes on one side of an encoded proof. Beyond: refused. Enough for every range of a tree of up
// to 2^33 leaves.
inline constexpr std::size_t range_proof_hashes = 64;

struct RangeProof {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::vector<Hash> left;   // Of subtrees_before(begin).
    std::vector<Hash> right;  // Of subtrees_after(end, size).
    bool operator==(const RangeProof&) const = default;
};

// The index-th complete subtree of 2^height leaves: [index << height, (index + 1) << height).
struct Subtree {
    unsigned height = 0;
    std::uint64_t index = 0;
    bool operator==(const Subtree&) const = default;
};
// The maximal aligned complete subtrees that tile [0, begin), and [end, size): left to right. The
// first are the largest first; end must not be beyond size.
std::vector<Subtree> subtrees_before(std::uint64_t begin);
std::vector<Subtree> subtrees_after(std::uint64_t end, std::uint64_t size);

// In memory. The range must lie within the leaves; it may be empty.
RangeProof range_proof(const std::vector<Hash>& leaves, std::uint64_t begin, std::uint64_t end);

// leaf_hashes are those of [begin, end). Errc::malformed if the numbers or the counts cannot be,
// Errc::proof_failed if the root is another.
Result<void> verify_range(const RangeProof& proof,
                          const std::vector<Hash>& leaf_hashes,
                          std::uint64_t size,
                          const Hash& root);

// Leaves at any places: the proof is the roots of the maximal complete subtrees that tile what lies
// before, between and after them, left to right. positions ascend strictly.
std::vector<Hash> leaves_proof(const std::vector<Hash>& leaves,
                               const std::vector<std::uint32_t>& positions);
// Errors as above.
Result<void> verify_leaves(const std::vector<Hash>& proof,
                           const std::vector<std::uint32_t>& positions,
                           const std::vector<Hash>& leaf_hashes,
                           std::uint64_t size,
                           const Hash& root);

// begin u64 | end u64 | left: count u32, hashes | right: count u32, hashes
Bytes encode(const RangeProof& proof);
// Whether the numbers fit each other is for verify_range to say.
Result<RangeProof> decode_range_proof(BytesView bytes);

}  // namespace consentree::ledger
