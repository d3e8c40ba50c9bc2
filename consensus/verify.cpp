#include "common/codec.h"
#include "common/hash.h"
#include "common/limits.h"
#include "consensus/messages.h"

namespace consentree::consensus {

namespace {

constexpr std::string_view block_tag = "consentree/block/v1\n";
constexpr std::string_view vote_tag = "consentree/vote/v1\n";

Result<void> verify_vote(const Vote& vote, const ValidatorSet& set) {
    if (vote.voter >= set.count()) return Errc::unknown_key;
    const Bytes preimage = ballot_preimage(set, vote.ballot);
    if (!consentree::verify(set.vote_keys[vote.voter], preimage, vote.signature)) {
        return Errc::bad_signature;
    }
    return {};
}

Result<void> verify_proposal(const Proposal& proposal, const ValidatorSet& set) {
    const Block& block = proposal.block;
    const Ballot& ballot = proposal.notarize.ballot;
    if (block.payload.size() > limits::payload_bytes) return Errc::too_large;
    if (block.view == 0 || block.height == 0 || block.parent_view >= block.view) {
        return Errc::malformed;
    }
    if (proposal.notarize.voter != set.leader(block.view)) return Errc::refused;
    if (ballot.kind != VoteKind::notarize || ballot.view != block.view) return Errc::malformed;
    if (ballot.block != block_id(set, block)) return Errc::malformed;
    return verify_vote(proposal.notarize, set);
}

}  // namespace

BlockId block_id(const ValidatorSet& set, const Block& block) {
    Writer out;
    out.raw(as_bytes(block_tag));
    out.fixed(set.network);
    out.u32(set.epoch);
    out.u64(block.view);
    out.u64(block.height);
    out.u64(block.parent_view);
    out.fixed(block.parent);
    out.fixed(sha256(block.payload));
    return sha256(out.bytes());
}

Bytes ballot_preimage(const ValidatorSet& set, const Ballot& ballot) {
    Writer out;
    out.raw(as_bytes(vote_tag));
    out.fixed(set.network);
    out.u32(set.epoch);
    out.u8(static_cast<std::uint8_t>(ballot.kind));
    out.u64(ballot.view);
    out.fixed(ballot.block);
    return out.take();
}

Result<void> verify_certificate(const Certificate& certificate,
                                const ValidatorSet& set,
                                const IsVerified& is_verified) {
    const Ballot& ballot = certificate.ballot;
    if (ballot.view == 0) return Errc::malformed;
    if ((ballot.kind == VoteKind::nullify) != ballot.block.is_zero()) return Errc::malformed;
    // Exactly a quorum would also do; more signatures say nothing more but are true.
    if (certificate.signatures.size() < set.quorum()) return Errc::proof_failed;
    if (certificate.signatures.size() > set.count()) return Errc::too_large;
    std::optional<ValidatorIndex> previous;
    for (const auto& [voter, signature] : certificate.signatures) {
        if (voter >= set.count()) return Errc::unknown_key;
        if (previous && voter <= *previous) return Errc::not_canonical;
        previous = voter;
    }
    const Bytes preimage = ballot_preimage(set, ballot);
    for (const auto& [voter, signature] : certificate.signatures) {
        if (is_verified && is_verified({ballot, voter, signature})) continue;
        if (!consentree::verify(set.vote_keys[voter], preimage, signature)) {
            return Errc::bad_signature;
        }
    }
    return {};
}

Result<Verified<Message>> verify(Message message,
                                 const ValidatorSet& set,
                                 const IsVerified& is_verified) {
    Result<void> checked;
    if (const auto* proposal = std::get_if<Proposal>(&message)) {
        checked = verify_proposal(*proposal, set);
    } else if (const auto* vote = std::get_if<Vote>(&message)) {
        checked = verify_vote(*vote, set);
    } else if (const auto* certificate = std::get_if<Certificate>(&message)) {
        checked = verify_certificate(*certificate, set, is_verified);
    }
    if (!checked) return checked.error();
    return Verified<Message>(std::move(message));
}

}  // namespace consentree::consensus
