// What Byzantine validators do with their own key. They run the honest replica for a start and
// say something else; twins need no code here, they are two honest machines with one key.
#include "tests/sim/world.h"

namespace consentree::sim {

void Machine::nullify_everything(const Message& message) {
    View seen = 0;
    if (const auto* proposal = std::get_if<Proposal>(&message)) seen = proposal->block.view;
    if (const auto* vote = std::get_if<Vote>(&message)) seen = vote->ballot.view;
    if (seen <= nulled_) return;
    nulled_ = seen;
    for (const View target : {seen, seen + 1}) {
        const Ballot ballot{VoteKind::nullify, target, BlockId{}};
        const Vote vote{ballot, index_, sign(index_, ballot)};
        world_.oracle().on_byzantine_sent(vote);
        world_.send(id_, std::nullopt, vote);
    }
}

// The same view on some other parent, of whatever view, or with an invalid payload.
Proposal Machine::twisted(const Proposal& proposal) {
    Block block = proposal.block;
    if (!seen_.empty() && random_.chance(60)) {
        const BlockId other = seen_[random_.below(seen_.size())];
        const Block* parent = world_.oracle().block(other);
        if (parent != nullptr && parent->view < block.view) {
            block.parent = other;
            block.parent_view = parent->view;
            block.height = parent->height + 1;
        }
    }
    const std::uint64_t nonce = random_.chance(30) ? 0 : world_.next_nonce();
    block.payload = make_payload(nonce, work_of(block.payload));
    const BlockId id = block_id(world_.set(), block);
    world_.oracle().on_block(id, block);
    const Ballot ballot{VoteKind::notarize, block.view, id};
    return {block, {ballot, index_, sign(index_, ballot)}};
}

// Says one thing to some and another to the others.
void Machine::lie(const Outgoing& out) {
    const auto say = [this](ValidatorIndex to, const Message& message) {
        world_.oracle().on_byzantine_sent(message);
        world_.send(id_, to, message);
    };
    std::vector<Message> lies;
    if (const auto* proposal = std::get_if<Proposal>(&out.message)) {
        lies.push_back(twisted(*proposal));
    } else if (const auto* vote = std::get_if<Vote>(&out.message)) {
        Ballot ballot = vote->ballot;
        const bool nullifies = ballot.kind == VoteKind::nullify;
        ballot.kind = nullifies ? VoteKind::finalize : VoteKind::nullify;
        ballot.block = {};
        if (!seen_.empty() && (nullifies || random_.chance(50))) {
            ballot.kind = nullifies ? VoteKind::finalize : vote->ballot.kind;
            ballot.block = seen_[random_.below(seen_.size())];
        }
        if (ballot.kind == VoteKind::nullify || !ballot.block.is_zero()) {
            lies.push_back(Vote{ballot, index_, sign(index_, ballot)});
        }
    } else if (const auto* certificate = std::get_if<Certificate>(&out.message)) {
        Certificate forged = *certificate;
        if (random_.chance(50)) {
            forged.signatures.back() = forged.signatures.front();
        } else {
            forged.ballot.view += random_.between(1, 3);
        }
        lies.push_back(forged);
    }
    for (ValidatorIndex to = 0; to < world_.set().count(); ++to) {
        if (to == index_ || (out.to && *out.to != to)) continue;
        if (!lies.empty() && random_.chance(50)) {
            say(to, lies.front());
            if (random_.chance(30)) say(to, out.message);
        } else if (random_.chance(85)) {
            say(to, out.message);
        }
    }
}

}  // namespace consentree::sim
