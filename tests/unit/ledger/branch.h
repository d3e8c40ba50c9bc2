// A log of 20 leaves, and another with the same beginning: what a forked quorum signs.
#pragma once

#include "ledger/checkpoint.h"
#include "receipt_fixture.h"

namespace consentree::ledger::test {

struct Branch {
    using Signers = std::vector<std::pair<std::uint8_t, std::uint64_t>>;

    std::vector<Hash> leaves = test_leaves(20);

    // From this leaf on everything is different.
    static Branch forked_at(std::uint64_t first) {
        Branch branch;
        for (std::uint64_t i = first; i < branch.leaves.size(); ++i) {
            branch.leaves[i] = test_leaf(1000 + i);
        }
        return branch;
    }

    Checkpoint at(std::uint64_t size) const {
        return {test_origin, size,
                root_of({leaves.begin(), leaves.begin() + static_cast<long>(size)})};
    }
    std::string note(std::uint64_t size, const Signers& signers = {{0, 1}, {1, 2}, {2, 3}}) const {
        return test_note(test_genesis(), at(size), signers);
    }
    std::vector<Hash> proof(std::uint64_t from, std::uint64_t to) const {
        MapReader reader;
        LogTree tree = LogTree::load(reader, 0);
        for (std::uint64_t i = 0; i < to; ++i) tree.append(leaves[i]);
        WriteSet writes;
        tree.collect_writes(writes);
        reader.apply(writes);
        return consistency_proof(reader, from, to).value();
    }
};

}  // namespace consentree::ledger::test
