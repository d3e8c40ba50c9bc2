// Messages of peers: what is kept, what is dropped, what is evidence.
#include <limits>

#include "common/limits.h"
#include "consensus/core.h"

namespace consentree::consensus {

bool Replica::Core::is_useful(const Message& message) const {
    if (const auto* proposal = std::get_if<Proposal>(&message)) {
        const ViewState* state = find(proposal->block.view);
        if (proposal->block.view <= root.view) return false;
        return state == nullptr || !state->proposal ||
               state->proposal_id() != proposal->notarize.ballot.block;
    }
    if (const auto* certificate = std::get_if<Certificate>(&message)) {
        const Ballot& ballot = certificate->ballot;
        if (ballot.view <= root.view) return false;
        const ViewState* state = find(ballot.view);
        if (state == nullptr || !state->has(ballot.kind)) return true;
        return state->certificate(ballot.kind)->ballot.block != ballot.block;
    }
    if (const auto* vote = std::get_if<Vote>(&message)) {
        const Ballot& ballot = vote->ballot;
        if (ballot.view <= final_view) return false;
        const ViewState* state = find(ballot.view);
        if (state == nullptr) return true;
        const auto& certificate = state->certificate(ballot.kind);
        if (certificate) return certificate->ballot.block != ballot.block;
        const auto held = state->votes_of(ballot.kind).of(ballot.kind, ballot.view, vote->voter);
        return !held || held->ballot.block != ballot.block;
    }
    return true;
}

bool Replica::Core::has_counted(const Vote& vote) const {
    const Ballot& ballot = vote.ballot;
    const ViewState* state = find(ballot.view);
    return state != nullptr &&
           state->votes_of(ballot.kind).of(ballot.kind, ballot.view, vote.voter) == vote;
}

void Replica::Core::on_message(ValidatorIndex from, const Message& message) {
    if (from >= config.set.count() || from == config.self) return;
    if (const auto* proposal = std::get_if<Proposal>(&message)) {
        on_proposal(*proposal);
    } else if (const auto* vote = std::get_if<Vote>(&message)) {
        if (vote->voter != from) return;  // Votes are never relayed, only certificates are.
        const View seen = vote->ballot.view;
        const bool far = seen > view && seen - view > limits::view_window;
        if (far && (!behind_asked_at || now - *behind_asked_at >= config.timing.retry_interval)) {
            behind_asked_at = now;
            send(from, Request{view});
        }
        on_vote(*vote);
    } else if (const auto* certificate = std::get_if<Certificate>(&message)) {
        on_certificate(*certificate);
    } else {
        on_request(from, std::get<Request>(message).view);
    }
}

// Upon Proposal: the first of the leader is kept, or the one that a quorum certified.
void Replica::Core::on_proposal(const Proposal& proposal) {
    const View proposed = proposal.block.view;
    if (proposed <= root.view) return;
    if (proposed > view && proposed - view > limits::view_window) return;
    if (proposed > final_view) on_vote(proposal.notarize);
    ViewState& state = open(proposed);
    if (state.proposal) return;
    const auto certified = state.certified();
    if (certified && *certified != proposal.notarize.ballot.block) return;
    const std::size_t bytes = proposal.block.payload.size();
    if (!certified && payload_bytes + bytes > limits::open_payload_bytes) return;
    keep_proposal(state, proposal);
    if (certified) settle_certified(proposed);
}

// Upon Vote: one slot per voter and kind; q equal ones make the certificate.
void Replica::Core::on_vote(const Vote& vote) {
    const Ballot& ballot = vote.ballot;
    if (ballot.view <= final_view) return;
    if (ballot.view > view && ballot.view - view > limits::view_window) return;
    ViewState& state = open(ballot.view);
    if (const auto& held = state.certificate(ballot.kind)) {
        const auto other = vote_in(*held, vote.voter);
        if (other && other->ballot != ballot) accuse(state, *other, vote);
        return;
    }
    VoteSlots& slots = state.votes_of(ballot.kind);
    const auto added = slots.add(vote, config.set.count());
    if (added == VoteSlots::Added::conflicting) {
        accuse(state, *slots.of(ballot.kind, ballot.view, vote.voter), vote);
    }
    if (added != VoteSlots::Added::counted) return;
    if (ballot.kind != VoteKind::notarize) {
        const auto opposite =
            ballot.kind == VoteKind::nullify ? VoteKind::finalize : VoteKind::nullify;
        auto other = state.votes_of(opposite).of(opposite, ballot.view, vote.voter);
        const auto& settled = state.certificate(opposite);
        if (!other && settled) other = vote_in(*settled, vote.voter);
        if (other) accuse(state, *other, vote);
    }
    if (slots.count(ballot.block) < config.set.quorum()) return;

    const Certificate certificate = slots.certificate(ballot);
    // All get the votes as well, so one sender is enough where time is short: the next leader,
    // who needs the others to hold it. A nullification is rare and spread by all.
    const bool spread =
        ballot.kind == VoteKind::nullify || config.set.leader(ballot.view + 1) == config.self;
    if (spread) send(std::nullopt, certificate);
    on_certificate(certificate);
}

// Upon Certificate, formed here or received: it moves a replica on at once.
void Replica::Core::on_certificate(const Certificate& certificate) {
    const Ballot& ballot = certificate.ballot;
    if (ballot.view == std::numeric_limits<View>::max()) return;
    if (ballot.kind == VoteKind::finalize && ballot.view == root.view && ballot.block == root_id) {
        last_final = certificate;  // For those who ask; nothing changes here.
    }
    if (ballot.view <= root.view) return;
    const View base = std::max(root.view, final_view);
    if (ballot.kind != VoteKind::finalize && ballot.view > base &&
        ballot.view - base > limits::views_open) {
        return;
    }
    ViewState& state = open(ballot.view);
    look_for_fork(state, certificate);
    if (state.has(ballot.kind)) return;
    state.certificates[ViewState::index(ballot.kind)] = certificate;
    // Its votes say nothing more; a long outage may leave thousands of nullified views.
    if (ballot.kind == VoteKind::nullify) state.votes_of(ballot.kind).clear();
    if (ballot.kind == VoteKind::finalize && ballot.view > final_view) {
        final_view = ballot.view;
        last_final = certificate;
    }
    if (ballot.kind != VoteKind::nullify) settle_certified(ballot.view);
    if (ballot.view >= view) enter(ballot.view + 1);
    if (ballot.kind == VoteKind::finalize) prune();
}

// Upon Request: everything held of that view, and what lets the asker follow to this one.
void Replica::Core::on_request(ValidatorIndex from, View wanted) {
    Budget& budget = budgets[from];
    if (now - budget.since >= config.timing.retry_interval) budget = {now, 0};
    if (budget.answered >= limits::requests_answered) return;
    ++budget.answered;

    std::vector<Certificate> certificates;
    const auto add = [&certificates](const std::optional<Certificate>& one) {
        if (!one) return;
        const bool known = std::any_of(certificates.begin(), certificates.end(),
                                       [&](const auto& c) { return c.ballot == one->ballot; });
        if (!known) certificates.push_back(*one);
    };
    if (wanted <= final_view) add(last_final);
    if (const ViewState* state = find(wanted)) {
        for (const auto& certificate : state->certificates) add(certificate);
        if (state->proposal) send(from, *state->proposal);
    }
    if (wanted < view) add(entry_certificate());
    for (auto& certificate : certificates) send(from, std::move(certificate));
}

// Invariant: at most one piece of evidence per validator, view and kind of contradiction.
void Replica::Core::accuse(ViewState& state, const Vote& first, const Vote& second) {
    const bool twice = first.ballot.kind == second.ballot.kind;
    const std::size_t kind = twice ? ViewState::index(first.ballot.kind) : 1;
    const std::uint32_t bit = std::uint32_t{1} << first.voter;
    if ((state.accused[kind] & bit) != 0) return;
    state.accused[kind] |= bit;
    ready.evidence.push_back({first, second});
}

// Two certificates that cannot both exist unless more than f validators are faulty: every voter
// in both has signed a contradiction.
void Replica::Core::look_for_fork(ViewState& state, const Certificate& certificate) {
    const Ballot& ballot = certificate.ballot;
    const auto contradicts = [&ballot](const Ballot& other) {
        if (ballot.kind == VoteKind::nullify || other.kind == VoteKind::nullify) {
            return (ballot.kind == VoteKind::finalize) != (other.kind == VoteKind::finalize);
        }
        return ballot.block != other.block;
    };
    for (const auto& held : state.certificates) {
        if (!held || !contradicts(held->ballot)) continue;
        // Nullify with notarize is lawful; only finalize excludes nullify.
        forked = true;
        for (const auto& [voter, signature] : certificate.signatures) {
            const auto other = vote_in(*held, voter);
            if (other) accuse(state, *other, {ballot, voter, signature});
        }
    }
}

}  // namespace consentree::consensus
