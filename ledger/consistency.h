// What a consistency proof says about two trees, apart from whether anybody vouches for them.
// Pure. The plain check is verify_consistency of merkle.h.
#pragma once

#include "ledger/checkpoint.h"

namespace consentree::ledger {

struct ConsistencyRoots {
    Hash smaller, larger;
};
// The roots that an RFC 6962 proof rebuilds, 0 < size1 < size2. If size1 is a power of two, proofs
// leave out that tree's root: root1 stands in for it, and smaller is root1 again.
Result<ConsistencyRoots> consistency_roots(std::uint64_t size1,
                                           std::uint64_t size2,
                                           const Hash& root1,
                                           const std::vector<Hash>& proof);

enum class Relation : std::uint8_t {
    extends,      // The larger tree begins with the smaller one, or they are the same.
    contradicts,  // It does not: no log has both.
    unproven,     // The proof says nothing about these two.
};
// smaller.tree_size <= larger.tree_size. Of equal trees the proof does not count.
Relation relation_of(const Checkpoint& smaller,
                     const Checkpoint& larger,
                     const std::vector<Hash>& proof);

}  // namespace consentree::ledger
