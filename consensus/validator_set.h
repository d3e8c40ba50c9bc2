// The validators of one epoch and the sizes of their quorums.
#pragma once

#include "common/keys.h"
#include "common/types.h"

#include <vector>

namespace consentree::consensus {

struct ValidatorSet {
    Hash network;
    Epoch epoch = 1;
    std::vector<PublicKey> vote_keys;  // 4 to 31; the index is the ValidatorIndex.

    std::size_t count() const { return vote_keys.size(); }
    std::size_t faults() const { return (count() - 1) / 3; }                 // f
    std::size_t quorum() const { return (count() + faults() + 1 + 1) / 2; }  // ⌈(n+f+1)/2⌉
    ValidatorIndex leader(View view) const { return static_cast<ValidatorIndex>(view % count()); }
};

}  // namespace consentree::consensus
