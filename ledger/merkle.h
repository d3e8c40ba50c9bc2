// RFC 6962 section 2.1 Merkle trees: hashing, proofs and their verification. Pure functions.
#pragma once

#include "common/error.h"
#include "common/hash.h"

#include <vector>

namespace consentree::ledger {

Hash leaf_hash(BytesView leaf);                       // SHA-256(0x00 || leaf)
Hash leaf_hash(BytesView head, BytesView tail);       // The leaf in two parts.
Hash node_hash(const Hash& left, const Hash& right);  // SHA-256(0x01 || left || right)
Hash empty_root();                                    // SHA-256("")
Hash root_of(const std::vector<Hash>& leaves);        // MTH over leaf hashes, in memory.
// Of a tree from the roots of its maximal complete subtrees, left to right: one for each bit that
// is set in its size, the largest first.
Hash root_of_frontier(const std::vector<Hash>& frontier);
std::vector<Hash> path_of(const std::vector<Hash>& leaves, std::uint64_t index);  // PATH(m, D[n])

// RFC 9162 2.1.3.2 and 2.1.4.2. Errc::proof_failed if the proof does not hold, Errc::malformed if
// index and size cannot be.
Result<void> verify_inclusion(std::uint64_t index,
                              std::uint64_t size,
                              const Hash& leaf,
                              const std::vector<Hash>& path,
                              const Hash& root);
// size1 must not be 0: every tree extends the empty one, so there is nothing to prove.
Result<void> verify_consistency(std::uint64_t size1,
                                std::uint64_t size2,
                                const Hash& root1,
                                const Hash& root2,
                                const std::vector<Hash>& proof);

}  // namespace consentree::ledger
