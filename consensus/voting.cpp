// When ballots are cast and payloads built. Everything asked for here is marked as sent at once:
// the guard may have made it durable even if its answer never comes.
#include "common/assert.h"
#include "consensus/core.h"

namespace consentree::consensus {

void Replica::Core::ask_sign(VoteKind kind, View ballot_view, const BlockId& block) {
    ViewState& state = open(ballot_view);
    CT_ASSERT(!state.has_sent(kind));
    CT_ASSERT(ballot_view > floor);
    // Invariant: never nullify and finalize in one view, in any order.
    CT_ASSERT(kind != VoteKind::finalize || !state.has_sent(VoteKind::nullify));
    CT_ASSERT(kind != VoteKind::nullify || !state.has_sent(VoteKind::finalize));
    state.sent[ViewState::index(kind)] = block;
    ready.sign.push_back({kind, ballot_view, block});
}

// Upon a valid proposal of the current view on a certified parent, all views between nullified.
void Replica::Core::vote_notarize() {
    ViewState* state = find(view);
    if (state == nullptr || !state->proposal || view <= floor) return;
    if (state->has_sent(VoteKind::notarize) || state->has_sent(VoteKind::nullify)) return;
    if (state->verdict == Verdict::invalid) return nullify(view);
    const Block& block = state->proposal->block;
    // The root may have moved since the block was checked.
    const Link link = link_of(block);
    if (link == Link::broken) return nullify(view);
    if (link == Link::waiting || !is_skipped(block.parent_view, view)) return;
    if (state->verdict != Verdict::valid) return;
    ask_sign(VoteKind::notarize, view, state->proposal_id());
}

// Upon a notarization whose block is valid here, of whichever view above the last finalized one.
void Replica::Core::vote_finalize() {
    for (auto at = block_views.upper_bound(final_view); at != block_views.end(); ++at) {
        ViewState& state = open(*at);
        if (*at <= floor || !state.has(VoteKind::notarize)) continue;
        if (state.has_sent(VoteKind::finalize) || state.has_sent(VoteKind::nullify)) continue;
        if (!state.has_certified_block() || state.verdict != Verdict::valid) continue;
        persist_chain(*at);
        ask_sign(VoteKind::finalize, *at, state.proposal_id());
    }
}

void Replica::Core::nullify(View ballot_view) {
    if (ballot_view <= floor || ballot_view <= final_view) return;
    const ViewState& state = open(ballot_view);
    if (state.has_sent(VoteKind::finalize) || state.has_sent(VoteKind::nullify)) return;
    ask_sign(VoteKind::nullify, ballot_view, BlockId{});
}

// Upon leading a view with work, or with an ancestor that only a new block can make final.
void Replica::Core::build() {
    if (config.set.leader(view) != config.self || view <= floor || building) return;
    const ViewState& state = open(view);
    if (state.proposal || state.own_block) return;
    if (state.has_sent(VoteKind::notarize) || state.has_sent(VoteKind::nullify)) return;
    const bool needed = armed_since && has_unfinalized_block() &&
                        now - *armed_since >= config.timing.retry_interval;
    if (declined || (!needed && !work_pending)) return;
    const auto parent = find_parent();
    if (!parent) return;
    building = parent;
    ready.build = BuildPayload{view, parent->id, needed};
}

// Upon any certificate of the view before (or a later one): nobody goes back.
void Replica::Core::enter(View next) {
    CT_ASSERT(next > view);
    view = next;
    declined = false;
    building.reset();
    armed_since.reset();
}

}  // namespace consentree::consensus
