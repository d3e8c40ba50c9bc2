#include "tests/sim/oracle.h"

#include <bit>

namespace consentree::sim {

std::string to_string(const Ballot& ballot) {
    static constexpr const char* names[] = {"?", "notarize", "nullify", "finalize"};
    return std::string(names[static_cast<std::size_t>(ballot.kind)]) + "(" +
           std::to_string(ballot.view) + ", " + to_hex(ballot.block.view().first(4)) + ")";
}

Oracle::Oracle(ValidatorSet set, std::set<ValidatorIndex> byzantine)
    : set_(std::move(set)), byzantine_(std::move(byzantine)) {}

void Oracle::fail(const std::string& rule, const std::string& what) const {
    throw Violation(rule + ": " + what);
}

void Oracle::on_block(const BlockId& id, const Block& block) {
    blocks_.emplace(id, block);
}

const Block* Oracle::block(const BlockId& id) const {
    const auto found = blocks_.find(id);
    return found == blocks_.end() ? nullptr : &found->second;
}

// Whether a quorum has signed this ballot, whoever holds the certificate.
bool Oracle::is_backed(VoteKind kind, View view, const BlockId& block) const {
    if (view == 0) return true;
    const auto found = signed_.find({view, kind, block});
    if (found == signed_.end()) return false;
    const std::size_t voters = static_cast<std::size_t>(std::popcount(found->second));
    return 2 * voters > set_.count() + (set_.count() - 1) / 3;
}

void Oracle::on_asked(
    ValidatorIndex voter, const Ballot& ballot, View floor, bool checked, bool persisted) {
    const std::string who = "validator " + std::to_string(voter) + " " + to_string(ballot);
    const auto promised = [&](VoteKind kind) -> const BlockId* {
        const auto found = asked_.find({voter, ballot.view, kind});
        return found == asked_.end() ? nullptr : &found->second;
    };
    const BlockId* same = promised(ballot.kind);
    require(same == nullptr || *same == ballot.block, "V2", who + " but promised another block");
    require(ballot.view > floor, "V2", who + " at or below its floor");
    if (ballot.kind == VoteKind::nullify) {
        require(promised(VoteKind::finalize) == nullptr, "V2", who + " after finalize");
    } else if (ballot.kind == VoteKind::finalize) {
        require(promised(VoteKind::nullify) == nullptr, "V2", who + " after nullify");
        require(is_backed(VoteKind::notarize, ballot.view, ballot.block), "V6",
                who + " without a notarization");
        require(checked, "V6", who + " of a block it has not found valid");
        require(persisted, "V7", who + " without block and notarization on its disk");
    } else {
        require(promised(VoteKind::nullify) == nullptr, "V2", who + " after nullify");
        require(checked, "V6", who + " of a block it has not found valid");
        const Block* of = block(ballot.block);
        require(of != nullptr && of->view == ballot.view, "V5", who + " of an unknown block");
        require(is_backed(VoteKind::notarize, of->parent_view, of->parent), "V5",
                who + " on a parent that no quorum notarized");
        for (View gap = of->parent_view + 1; gap < ballot.view; ++gap) {
            require(is_backed(VoteKind::nullify, gap, BlockId{}), "V5",
                    who + " skips view " + std::to_string(gap) + " that no quorum nullified");
        }
    }
    asked_[{voter, ballot.view, ballot.kind}] = ballot.block;
}

void Oracle::on_durable(const Vote& vote) {
    durable_[{vote.voter, vote.ballot.view, vote.ballot.kind}] = vote.ballot.block;
    View& highest = highest_vote_[vote.voter];
    highest = std::max(highest, vote.ballot.view);
    count(vote);
}

void Oracle::count(const Vote& vote) {
    signed_[{vote.ballot.view, vote.ballot.kind, vote.ballot.block}] |= std::uint64_t{1}
                                                                        << vote.voter;
}

void Oracle::on_sent(ValidatorIndex from, const Message& message) {
    const auto own = [&](const Vote& vote) {
        if (vote.voter != from) return;
        const auto found = durable_.find({from, vote.ballot.view, vote.ballot.kind});
        require(found != durable_.end() && found->second == vote.ballot.block, "V8",
                "validator " + std::to_string(from) + " sent " + to_string(vote.ballot) +
                    " before it was durable");
    };
    if (const auto* vote = std::get_if<Vote>(&message)) own(*vote);
    if (const auto* proposal = std::get_if<Proposal>(&message)) own(proposal->notarize);
    require(is_authentic(message, set_), "V3",
            "validator " + std::to_string(from) + " sent a message that does not verify");
    if (const auto* certificate = std::get_if<Certificate>(&message)) see(*certificate);
}

void Oracle::on_byzantine_sent(const Message& message) {
    const auto* vote = std::get_if<Vote>(&message);
    const auto* proposal = std::get_if<Proposal>(&message);
    if (proposal != nullptr) vote = &proposal->notarize;
    if (vote != nullptr && byzantine_.count(vote->voter) != 0) count(*vote);
}

void Oracle::see(const Certificate& certificate) {
    const Ballot& ballot = certificate.ballot;
    require(is_backed(ballot.kind, ballot.view, ballot.block), "V3",
            "a certificate for " + to_string(ballot) + " that nobody signed");
    if (ballot.kind == VoteKind::nullify) {
        nullified_.insert(ballot.view);
    } else {
        auto& seen = ballot.kind == VoteKind::finalize ? finalized_ : notarized_;
        seen.emplace(ballot.view, ballot.block);
        require(seen[ballot.view] == ballot.block, "V4", "two blocks for " + to_string(ballot));
    }
    const auto finalized = finalized_.find(ballot.view);
    if (finalized == finalized_.end()) return;
    require(nullified_.count(ballot.view) == 0, "V4",
            "view " + std::to_string(ballot.view) + " is finalized and nullified");
    const auto notarized = notarized_.find(ballot.view);
    require(notarized == notarized_.end() || notarized->second == finalized->second, "V4",
            "view " + std::to_string(ballot.view) + " notarized another block than it finalized");
}

void Oracle::on_committed(ValidatorIndex node,
                          Height expected,
                          const Committed& committed,
                          const BlockId& previous) {
    const std::string who = "validator " + std::to_string(node) + " committed height " +
                            std::to_string(committed.block.height);
    require(committed.block.height == expected, "V1",
            who + " but " + std::to_string(expected) + " was next");
    require(committed.block.parent == previous, "V1", who + " on another parent");
    require(committed.id == block_id(set_, committed.block), "V1", who + " under a wrong id");
    const auto known = chain_.emplace(expected, committed.id).first;
    require(known->second == committed.id, "V1", who + " but others another block");
    if (committed.finalization) {
        require(is_authentic(*committed.finalization, set_), "V3", who + " on a bad certificate");
        require(committed.finalization->ballot.block == committed.id, "V3",
                who + " on another block's certificate");
        see(*committed.finalization);
    }
}

void Oracle::on_evidence(const Evidence& evidence) {
    const Vote& a = evidence.first;
    const Vote& b = evidence.second;
    require(!is_honest(a.voter), "V9",
            "evidence against honest validator " + std::to_string(a.voter) + ": " +
                to_string(a.ballot) + ", " + to_string(b.ballot));
    require(is_signed(a) && is_signed(b) && a.voter == b.voter && a.ballot != b.ballot &&
                a.ballot.view == b.ballot.view,
            "V9", "evidence that proves nothing");
}

void Oracle::on_restart(ValidatorIndex node, View view) {
    require(view >= highest_vote_[node], "V10",
            "validator " + std::to_string(node) + " restarted in view " + std::to_string(view) +
                " below its votes");
    // What was asked for and never became durable never left: it binds nobody.
    std::erase_if(asked_, [node](const auto& row) { return std::get<0>(row.first) == node; });
    for (const auto& [key, block] : durable_) {
        if (std::get<0>(key) == node) asked_[key] = block;
    }
}

}  // namespace consentree::sim
