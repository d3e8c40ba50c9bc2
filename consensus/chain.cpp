// The blocks above the last committed one: which are certified, valid, committable.
#include "common/assert.h"
#include "common/limits.h"
#include "consensus/core.h"

namespace consentree::consensus {

ViewState* Replica::Core::find(View wanted) {
    const auto found = views.find(wanted);
    return found == views.end() ? nullptr : &found->second;
}

const ViewState* Replica::Core::find(View wanted) const {
    const auto found = views.find(wanted);
    return found == views.end() ? nullptr : &found->second;
}

ViewState& Replica::Core::open(View wanted) {
    return views[wanted];
}

void Replica::Core::keep_proposal(ViewState& state, const Proposal& proposal) {
    if (state.proposal) payload_bytes -= state.proposal->block.payload.size();
    state.proposal = proposal;
    state.verdict = Verdict::unknown;
    state.proposal_persisted = false;
    payload_bytes += proposal.block.payload.size();
    if (proposal.block.view > root.view) block_views.insert(proposal.block.view);
}

// A view has learned which block a quorum notarized: another proposal of the same leader gives
// way, and the certified block's ancestors are known to be notarized too.
void Replica::Core::settle_certified(View certified_view) {
    for (View at = certified_view; at > root.view;) {
        ViewState& state = open(at);
        const auto certified = state.certified();
        CT_ASSERT(certified.has_value());
        block_views.insert(at);
        if (state.proposal && state.proposal_id() != *certified) {
            payload_bytes -= state.proposal->block.payload.size();
            open_checks.erase(state.proposal_id());
            state.proposal.reset();
            state.verdict = Verdict::unknown;
        }
        if (!state.proposal) return;
        const Block& block = state.proposal->block;
        if (block.parent_view <= root.view) return;
        ViewState& parent = open(block.parent_view);
        if (parent.certified()) return;
        parent.implied = block.parent;
        at = block.parent_view;
    }
}

// Whether the block stands on a certified parent that is valid here.
Replica::Core::Link Replica::Core::link_of(const Block& block) {
    if (block.parent_view <= root.view) {
        const bool on_root = block.parent_view == root.view && block.parent == root_id &&
                             block.height == root.height + 1;
        return on_root ? Link::ready : Link::broken;
    }
    const ViewState* parent = find(block.parent_view);
    if (parent == nullptr) return Link::waiting;
    const auto certified = parent->certified();
    if (certified && *certified != block.parent) return Link::broken;
    if (!parent->proposal || parent->proposal_id() != block.parent) return Link::waiting;
    if (block.height != parent->proposal->block.height + 1) return Link::broken;
    if (!certified || parent->verdict != Verdict::valid) return Link::waiting;
    return Link::ready;
}

// The highest certified view below this one with every view between nullified. What is missing
// for the answer is asked for.
std::optional<Replica::Core::Parent> Replica::Core::find_parent() {
    std::size_t missing = 0;
    for (View at = view - 1; at > root.view && missing < limits::requests_open; --at) {
        const ViewState* state = find(at);
        if (state != nullptr) {
            const bool certificate =
                state->has(VoteKind::notarize) || state->has(VoteKind::finalize);
            if (certificate && state->has_certified_block() && state->verdict == Verdict::valid) {
                if (missing > 0) return std::nullopt;
                return Parent{at, state->proposal->block.height, state->proposal_id()};
            }
            if (state->has(VoteKind::nullify)) continue;
            if (certificate && state->has_certified_block()) {
                await(at);
                ++missing;
                continue;
            }
        }
        need(at);
        ++missing;
    }
    if (missing > 0) return std::nullopt;
    return Parent{root.view, root.height, root_id};
}

// Every view strictly between is nullified; those that are not known to be are asked for.
bool Replica::Core::is_skipped(View after, View before) {
    std::size_t missing = 0;
    for (View at = before - 1; at > after && missing < limits::requests_open; --at) {
        const ViewState* state = find(at);
        if (state != nullptr && state->has(VoteKind::nullify)) continue;
        need(at);
        ++missing;
    }
    return missing == 0;
}

// Commits the highest finalized block with its ancestors once all are here and checked.
void Replica::Core::commit() {
    if (final_view <= root.view || catching_up_since) return;
    if (!final_stalled_since) final_stalled_since = now;
    if (final_view - root.view > limits::views_retained) return request_catch_up();

    std::vector<const Proposal*> chain;
    bool complete = true;
    BlockId id = last_final->ballot.block;
    for (View at = final_view;;) {
        const ViewState* state = find(at);
        if (state == nullptr || !state->proposal || state->proposal_id() != id) {
            need(at);
            complete = false;
            break;
        }
        if (state->verdict != Verdict::valid) complete = false;
        const Block& block = state->proposal->block;
        chain.push_back(&*state->proposal);
        if (block.parent_view <= root.view) {
            // Invariant V1: what is final extends what is committed.
            forked = block.parent_view != root.view || block.parent != root_id;
            if (forked) return;
            break;
        }
        at = block.parent_view;
        id = block.parent;
    }
    if (!complete) {
        if (now - *final_stalled_since >= config.timing.view_timeout) request_catch_up();
        return;
    }
    for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
        const Proposal& proposal = **link;
        const ViewState* state = find(proposal.block.view);
        ready.commit.push_back({proposal.notarize.ballot.block, proposal.block,
                                state->certificate(VoteKind::finalize)});
    }
    const Proposal last = *chain.front();
    final_stalled_since.reset();
    move_root(last.block, last.notarize.ballot.block);
}

void Replica::Core::request_catch_up() {
    catching_up_since = now;
    ready.catch_up = CatchUp{*last_final};
}

void Replica::Core::move_root(const Block& block, const BlockId& id) {
    root = block;
    root_id = id;
    final_view = std::max(final_view, root.view);
    block_views.erase(block_views.begin(), block_views.upper_bound(root.view));
    std::erase_if(open_checks, [this](const auto& check) { return check.second <= root.view; });
    if (view <= root.view) enter(root.view + 1);
    prune();
}

// Keeps a number of views below the last finalized one, to serve peers.
void Replica::Core::prune() {
    if (final_view <= limits::views_retained) return;
    const View bound = final_view - limits::views_retained;
    while (!views.empty() && views.begin()->first <= bound) {
        const auto oldest = views.begin();
        if (oldest->second.proposal) {
            payload_bytes -= oldest->second.proposal->block.payload.size();
        }
        block_views.erase(oldest->first);
        views.erase(oldest);
    }
}

// Asks whether blocks are valid, parents first. A block that is not certified matters only in
// the current view.
void Replica::Core::check_blocks() {
    for (const View at : block_views) {
        ViewState& state = open(at);
        if (!state.proposal || state.verdict != Verdict::unknown) continue;
        if (at != view && !state.has_certified_block()) continue;
        switch (link_of(state.proposal->block)) {
            case Link::waiting: {
                const View parent = state.proposal->block.parent_view;
                // It may be here already, only not yet checked.
                if (!open(parent).has_certified_block()) need(parent);
                break;
            }
            case Link::broken:
                state.verdict = Verdict::invalid;
                if (at == view) nullify(view);
                break;
            case Link::ready:
                state.verdict = Verdict::asked;
                open_checks[state.proposal_id()] = at;
                ready.check.push_back({state.proposal_id(), state.proposal->block});
                break;
        }
    }
}

// A finalize vote forbids nullify for ever, so what it stands on must survive a crash of all.
void Replica::Core::persist_chain(View from) {
    for (View at = from; at > root.view;) {
        ViewState& state = open(at);
        CT_ASSERT(state.proposal.has_value());
        const auto& notarization = state.certificate(VoteKind::notarize);
        if (notarization && !std::exchange(state.notarization_persisted, true)) {
            ready.persist.emplace_back(*notarization);
        }
        if (std::exchange(state.proposal_persisted, true)) return;
        ready.persist.emplace_back(*state.proposal);
        at = state.proposal->block.parent_view;
    }
}

}  // namespace consentree::consensus
