#include "tests/sim/scheme.h"

#include "tests/sim/random.h"

namespace consentree::sim {

consentree::Signature sign(ValidatorIndex voter, const Ballot& ballot) {
    std::uint64_t word = 0;
    std::memcpy(&word, ballot.block.data(), sizeof word);
    word ^= ballot.view * 0x9e3779b97f4a7c15U;
    word ^= (static_cast<std::uint64_t>(ballot.kind) << 32) ^ (std::uint64_t{voter} << 48);
    Random mix(word, "signature");
    consentree::Signature signature;
    for (std::size_t i = 0; i < signature.bytes.size(); i += sizeof word) {
        const std::uint64_t part = mix.next();
        std::memcpy(signature.data() + i, &part, sizeof part);
    }
    return signature;
}

bool is_signed(const Vote& vote) {
    return vote.signature == sign(vote.voter, vote.ballot);
}

bool is_authentic(const Certificate& certificate, const ValidatorSet& set) {
    const std::size_t n = set.count();
    const std::size_t f = (n - 1) / 3;
    std::uint64_t voters = 0;
    for (const auto& [voter, signature] : certificate.signatures) {
        if (voter >= n || ((voters >> voter) & 1) != 0) return false;
        voters |= std::uint64_t{1} << voter;
        if (signature != sign(voter, certificate.ballot)) return false;
    }
    // Any two of them share more than f validators.
    return 2 * certificate.signatures.size() > n + f;
}

bool is_authentic(const Message& message, const ValidatorSet& set) {
    if (const auto* proposal = std::get_if<Proposal>(&message)) {
        const Block& block = proposal->block;
        const Ballot expected{VoteKind::notarize, block.view, block_id(set, block)};
        return block.view > 0 && block.height > 0 && block.parent_view < block.view &&
               proposal->notarize.ballot == expected &&
               proposal->notarize.voter == block.view % set.count() &&
               is_signed(proposal->notarize);
    }
    if (const auto* vote = std::get_if<Vote>(&message)) {
        return vote->voter < set.count() && is_signed(*vote);
    }
    if (const auto* certificate = std::get_if<Certificate>(&message)) {
        return is_authentic(*certificate, set);
    }
    return true;
}

}  // namespace consentree::sim
