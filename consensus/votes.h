// The votes of one kind in one view: one slot per voter, the first verified vote wins. Owned by
// ViewState. Never verifies signatures: only verified votes come here.
#pragma once

#include "consensus/messages.h"

namespace consentree::consensus {

class VoteSlots {
public:
    enum class Added { counted, repeated, conflicting };
    Added add(const Vote& vote, std::size_t voter_count);

    // Distinct voters, of any block or of this one.
    std::size_t count() const;
    std::size_t count(const BlockId& block) const;
    // The vote that was counted for this voter, if any.
    std::optional<Vote> of(VoteKind kind, View view, ValidatorIndex voter) const;
    Certificate certificate(const Ballot& ballot) const;
    void clear() { slots_ = {}; }

private:
    struct Slot {
        BlockId block;
        Signature signature;
    };
    std::vector<std::optional<Slot>> slots_;  // Empty until the first vote.
};

// The vote of one voter inside a certificate.
std::optional<Vote> vote_in(const Certificate& certificate, ValidatorIndex voter);

}  // namespace consentree::consensus
