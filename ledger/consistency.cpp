#include "ledger/consistency.h"

#include "ledger/merkle.h"

#include <bit>

namespace consentree::ledger {

// RFC 9162 2.1.4.2.
Result<ConsistencyRoots> consistency_roots(std::uint64_t size1,
                                           std::uint64_t size2,
                                           const Hash& root1,
                                           const std::vector<Hash>& proof) {
    if (size1 == 0 || size1 >= size2) return Errc::malformed;
    if (proof.empty()) return Errc::proof_failed;
    // A power of two is a whole subtree of the larger tree, whose hash the proof leaves out.
    const bool is_whole = std::has_single_bit(size1);
    std::uint64_t node = size1 - 1;
    std::uint64_t last = size2 - 1;
    while ((node & 1) == 1) {
        node >>= 1;
        last >>= 1;
    }
    Hash hash1 = is_whole ? root1 : proof.front();
    Hash hash2 = hash1;
    for (std::size_t i = is_whole ? 0 : 1; i < proof.size(); ++i) {
        if (last == 0) return Errc::proof_failed;  // The proof is too long.
        if ((node & 1) == 1 || node == last) {
            hash1 = node_hash(proof[i], hash1);
            hash2 = node_hash(proof[i], hash2);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash2 = node_hash(hash2, proof[i]);
        }
        node >>= 1;
        last >>= 1;
    }
    if (last != 0) return Errc::proof_failed;
    return ConsistencyRoots{hash1, hash2};
}

Result<void> verify_consistency(std::uint64_t size1,
                                std::uint64_t size2,
                                const Hash& root1,
                                const Hash& root2,
                                const std::vector<Hash>& proof) {
    if (size1 == 0 || size1 > size2) return Errc::malformed;
    if (size1 == size2) {
        if (!proof.empty() || root1 != root2) return Errc::proof_failed;
        return {};
    }
    const auto roots = consistency_roots(size1, size2, root1, proof);
    if (!roots) return roots.error();
    if (roots->smaller != root1 || roots->larger != root2) return Errc::proof_failed;
    return {};
}

Relation relation_of(const Checkpoint& smaller,
                     const Checkpoint& larger,
                     const std::vector<Hash>& proof) {
    if (smaller.tree_size == larger.tree_size) {
        return smaller.root == larger.root ? Relation::extends : Relation::contradicts;
    }
    if (smaller.tree_size == 0) return Relation::extends;
    const auto roots = consistency_roots(smaller.tree_size, larger.tree_size, smaller.root, proof);
    // A proof that does not lead to the larger root shows nothing: anybody can make one up.
    if (!roots || roots->larger != larger.root) return Relation::unproven;
    return roots->smaller == smaller.root ? Relation::extends : Relation::contradicts;
}

}  // namespace consentree::ledger
