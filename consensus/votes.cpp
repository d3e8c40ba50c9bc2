#include "consensus/votes.h"

#include "common/assert.h"

namespace consentree::consensus {

VoteSlots::Added VoteSlots::add(const Vote& vote, std::size_t voter_count) {
    CT_ASSERT(vote.voter < voter_count);
    if (slots_.empty()) slots_.resize(voter_count);
    auto& slot = slots_[vote.voter];
    if (!slot) {
        slot = Slot{vote.ballot.block, vote.signature};
        return Added::counted;
    }
    return slot->block == vote.ballot.block ? Added::repeated : Added::conflicting;
}

std::size_t VoteSlots::count() const {
    std::size_t total = 0;
    for (const auto& slot : slots_) {
        if (slot) ++total;
    }
    return total;
}

std::size_t VoteSlots::count(const BlockId& block) const {
    std::size_t total = 0;
    for (const auto& slot : slots_) {
        if (slot && slot->block == block) ++total;
    }
    return total;
}

std::optional<Vote> VoteSlots::of(VoteKind kind, View view, ValidatorIndex voter) const {
    if (voter >= slots_.size() || !slots_[voter]) return std::nullopt;
    return Vote{{kind, view, slots_[voter]->block}, voter, slots_[voter]->signature};
}

Certificate VoteSlots::certificate(const Ballot& ballot) const {
    Certificate certificate;
    certificate.ballot = ballot;
    for (std::size_t voter = 0; voter < slots_.size(); ++voter) {
        const auto& slot = slots_[voter];
        if (!slot || slot->block != ballot.block) continue;
        certificate.signatures.emplace_back(static_cast<ValidatorIndex>(voter), slot->signature);
    }
    return certificate;
}

std::optional<Vote> vote_in(const Certificate& certificate, ValidatorIndex voter) {
    for (const auto& [index, signature] : certificate.signatures) {
        if (index == voter) return Vote{certificate.ballot, voter, signature};
    }
    return std::nullopt;
}

}  // namespace consentree::consensus
