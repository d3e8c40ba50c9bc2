// What a replica knows and has said in one view. Owned by Replica::Core, one per open view;
// bounded: one proposal, one slot per voter and kind, one certificate per kind.
#pragma once

#include "consensus/votes.h"

#include <array>

namespace consentree::consensus {

enum class Verdict : std::uint8_t { unknown, asked, valid, invalid };

struct ViewState {
    // The leader's first proposal; a certified one takes its place if it is another.
    std::optional<Proposal> proposal;
    Verdict verdict = Verdict::unknown;  // On that proposal's block.

    // Indexed by kind - 1: notarize, nullify, finalize.
    std::array<VoteSlots, 3> votes;
    std::array<std::optional<Certificate>, 3> certificates;
    // The block here is an ancestor of a certified one, hence notarized.
    std::optional<BlockId> implied;

    // My ballots that the guard was asked to sign, and those that it has signed.
    std::array<std::optional<BlockId>, 3> sent;
    std::array<std::optional<Vote>, 3> own;
    std::optional<Block> own_block;  // Goes out once its notarize vote is signed.
    bool proposal_persisted = false, notarization_persisted = false;

    std::array<std::uint32_t, 3> accused{};  // One bit per voter and kind of evidence.

    // Something of this view is missing here: since when, and when it was last asked for.
    std::optional<TimeUs> needed_since;
    std::optional<TimeUs> asked_at;
    std::uint32_t asked_count = 0;

    static std::size_t index(VoteKind kind) { return static_cast<std::size_t>(kind) - 1; }
    VoteSlots& votes_of(VoteKind kind) { return votes[index(kind)]; }
    const VoteSlots& votes_of(VoteKind kind) const { return votes[index(kind)]; }
    const std::optional<Certificate>& certificate(VoteKind kind) const {
        return certificates[index(kind)];
    }
    bool has(VoteKind kind) const { return certificates[index(kind)].has_value(); }
    bool has_sent(VoteKind kind) const { return sent[index(kind)].has_value(); }

    // Nothing if the view has no block that a quorum notarized, as far as is known.
    std::optional<BlockId> certified() const {
        if (has(VoteKind::finalize)) return certificate(VoteKind::finalize)->ballot.block;
        if (has(VoteKind::notarize)) return certificate(VoteKind::notarize)->ballot.block;
        return implied;
    }
    const BlockId& proposal_id() const { return proposal->notarize.ballot.block; }
    // The certified block is here.
    bool has_certified_block() const { return proposal && certified() == proposal_id(); }
};

}  // namespace consentree::consensus
