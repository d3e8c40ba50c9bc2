// Time: constant timers, armed only while there is something to wait for, and what is said again
// when nothing comes.
#include "common/limits.h"
#include "consensus/core.h"

namespace consentree::consensus {

// A block that is notarized but not committed keeps everybody at work until it is settled.
bool Replica::Core::has_unfinalized_block() const {
    if (catching_up_since) return false;
    if (final_view > root.view) return true;
    return std::any_of(block_views.begin(), block_views.end(), [this](View at) {
        const ViewState* state = find(at);
        return state != nullptr && state->certified().has_value();
    });
}

// Somebody is at work in this view: its leader, f+1 others (so at least one honest), or this node.
bool Replica::Core::has_activity() const {
    if (work_pending || has_unfinalized_block()) return true;
    const ViewState* state = find(view);
    if (state == nullptr) return false;
    // Having given up the view, this node alone has no reason left to disturb the others.
    const bool given_up = state->has_sent(VoteKind::nullify);
    const bool proposed = state->proposal || state->own_block;
    if (!given_up && (proposed || state->has_sent(VoteKind::notarize))) return true;
    const std::size_t enough = config.set.faults() + 1;
    return state->votes_of(VoteKind::notarize).count() >= enough ||
           state->votes_of(VoteKind::nullify).count() >= enough;
}

void Replica::Core::arm() {
    if (!has_activity()) {
        armed_since.reset();
    } else if (!armed_since) {
        armed_since = now;
        retry_at = now + config.timing.retry_interval;
    }
}

// How long this view may take from when it was armed.
TimeUs Replica::Core::patience(bool proposed) const {
    if (proposed) return config.timing.view_timeout;
    const bool is_absent = (absent >> config.set.leader(view) & 1U) != 0;
    return is_absent ? config.timing.absent_timeout : config.timing.proposal_timeout;
}

// Upon a deadline. Times are compared as differences: nothing overflows near the end of time.
void Replica::Core::on_time() {
    const ViewState* state = find(view);
    const bool proposed = state != nullptr && (state->proposal || state->own_block);
    // A leader that gives up its own view will not propose in it.
    if (!proposed && state != nullptr &&
        state->votes_of(VoteKind::nullify).of(VoteKind::nullify, view, config.set.leader(view))) {
        nullify(view);
        arm();
    }
    if (!armed_since) return;
    // A leader that is still catching up would only keep the others waiting.
    if (catching_up_since && config.set.leader(view) == config.self) nullify(view);
    if (now - *armed_since >= patience(proposed)) nullify(view);
    if (now < retry_at) return;
    retry_at = now + config.timing.retry_interval;
    retry();
}

// Stuck: say again what was said, ask for what is missing, and offer the way into this view.
void Replica::Core::retry() {
    ++turn;
    declined = false;
    say_votes(std::nullopt);
    if (auto entry = entry_certificate()) send(std::nullopt, *entry);
    // f+1 peers: at least one of them is honest.
    for (std::uint64_t i = 0; i <= config.set.faults(); ++i) {
        const ValidatorIndex peer = next_peer(turn + i);
        send(peer, Request{view});
        // Its finalization may be all that is missing.
        if (!block_views.empty() && *block_views.begin() < view) {
            send(peer, Request{*block_views.begin()});
        }
    }
    // A view below that stays unresolved: its certificates may be lost everywhere. Whoever has
    // not finalized it may still nullify it, and whoever has, can show its notarization.
    if (find_parent()) return;
    std::size_t missing = 0;
    for (View at = view - 1; at > final_view && missing < limits::requests_open; --at) {
        const ViewState* state = find(at);
        if (state == nullptr || !state->needed_since || state->has(VoteKind::nullify)) continue;
        ++missing;
        if (now - *state->needed_since >= config.timing.view_timeout) nullify(at);
    }
}

// My votes that may still be missing somewhere: of this view, finalizes of blocks that are not
// final, nullifies of views that nobody could show a certificate for.
void Replica::Core::say_votes(std::optional<ValidatorIndex> to) {
    std::size_t said = 0;
    for (auto at = views.rbegin(); at != views.rend() && at->first > final_view; ++at) {
        const ViewState& state = at->second;
        const bool current = at->first >= view;
        for (const VoteKind kind : {VoteKind::notarize, VoteKind::nullify, VoteKind::finalize}) {
            const auto& own = state.own[ViewState::index(kind)];
            if (!own || state.has(kind)) continue;
            // A notarize of a view that was nullified instead is of no use any more.
            if (!current && kind == VoteKind::notarize && state.has(VoteKind::nullify)) continue;
            if (!current && ++said > limits::requests_open) return;
            const bool lead =
                kind == VoteKind::notarize && state.proposal && state.proposal->notarize == *own;
            if (lead) {
                send(to, *state.proposal);
            } else {
                send(to, *own);
            }
        }
    }
}

// What lets others enter my view.
std::optional<Certificate> Replica::Core::entry_certificate() const {
    if (last_final && last_final->ballot.view + 1 >= view) return last_final;
    const ViewState* before = find(view - 1);
    if (before == nullptr) return last_final;
    for (const VoteKind kind : {VoteKind::finalize, VoteKind::nullify, VoteKind::notarize}) {
        if (before->has(kind)) return before->certificate(kind);
    }
    return last_final;
}

// Something of that view is on its way inside this node; see retry().
void Replica::Core::await(View wanted) {
    ViewState& state = open(wanted);
    if (!state.needed_since) state.needed_since = now;
}

// Asks one peer for what it has of a view: the leader first, then everybody in turn.
void Replica::Core::need(View wanted) {
    await(wanted);
    ViewState& state = open(wanted);
    if (state.asked_at && now - *state.asked_at < config.timing.retry_interval) return;
    state.asked_at = now;
    const ValidatorIndex leader = config.set.leader(wanted);
    const bool ask_leader = state.asked_count == 0 && leader != config.self;
    const ValidatorIndex peer = ask_leader ? leader : next_peer(turn + state.asked_count);
    ++state.asked_count;
    send(peer, Request{wanted});
}

ValidatorIndex Replica::Core::next_peer(std::uint64_t wanted_turn) const {
    const std::size_t others = config.set.count() - 1;
    const std::size_t step = 1 + static_cast<std::size_t>(wanted_turn % others);
    return static_cast<ValidatorIndex>((config.self + step) % config.set.count());
}

std::optional<TimeUs> Replica::Core::deadline() const {
    if (!armed_since || forked) return std::nullopt;
    TimeUs due = retry_at;
    const ViewState* state = find(view);
    const bool voted = state != nullptr &&
                       (state->has_sent(VoteKind::nullify) || state->has_sent(VoteKind::finalize));
    if (!voted && view > floor) {
        const bool proposed = state != nullptr && (state->proposal || state->own_block);
        const TimeUs wait = patience(proposed);
        if (*armed_since + wait > now) due = std::min(due, *armed_since + wait);
    }
    return due;
}

}  // namespace consentree::consensus
