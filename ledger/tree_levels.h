// All nodes of one RFC 6962 tree in memory, for whoever needs many of its paths.
#pragma once

#include "ledger/merkle.h"

namespace consentree::ledger {

class TreeLevels {
public:
    explicit TreeLevels(std::vector<Hash> leaves);      // Leaf hashes, at least one.
    std::vector<Hash> path(std::uint64_t index) const;  // PATH(m, D[n])

private:
    std::vector<std::vector<Hash>> levels_;  // The leaves first, the root last.
};

}  // namespace consentree::ledger
