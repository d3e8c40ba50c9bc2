#include "consensus/replica.h"

#include "common/assert.h"
#include "common/limits.h"
#include "consensus/core.h"

namespace consentree::consensus {

Replica::Replica(Config config, Recovered recovered, TimeUs now)
    : core_(std::make_unique<Core>(std::move(config), std::move(recovered), now)) {}
Replica::~Replica() = default;
Replica::Replica(Replica&&) noexcept = default;

bool Replica::is_useful(const Message& message) const {
    return core_->is_useful(message);
}

bool Replica::has_counted(const Vote& vote) const {
    return core_->has_counted(vote);
}

void Replica::step(const Event& event, TimeUs now) {
    core_->step(event, now);
}

Ready Replica::take_ready() {
    Ready ready = std::exchange(core_->ready, {});
    ready.deadline = core_->deadline();
    return ready;
}

Status Replica::status() const {
    Status status;
    status.view = core_->view;
    status.committed_height = core_->root.height;
    status.finalized_view = core_->final_view;
    status.leader = core_->config.set.leader(core_->view);
    status.active = core_->armed_since.has_value();
    status.forked = core_->forked;
    status.open_views = core_->views.size();
    status.pending_bytes = core_->payload_bytes;
    return status;
}

Replica::Core::Core(Config config_in, Recovered recovered, TimeUs now_in)
    : config(std::move(config_in)), now(now_in) {
    const std::size_t count = config.set.count();
    CT_ASSERT(count >= limits::validators_min && count <= limits::validators_max);
    CT_ASSERT(config.self < count);
    CT_ASSERT(config.timing.retry_interval > 0);
    budgets.resize(count);
    turn = config.self;
    restore(std::move(recovered));
    // Peers answer with whatever moves this node on; they may all be far ahead.
    say_votes(std::nullopt);
    send(std::nullopt, Request{view});
    settle();
}

// Recovery: what the disk holds goes the same ways as what comes from peers. The votes are
// counted again, since after a crash of all nodes nobody else may hold them.
void Replica::Core::restore(Recovered recovered) {
    root = std::move(recovered.committed);
    root_id = recovered.committed_id;
    floor = recovered.floor;
    final_view = root.view;
    enter(root.view + 1);
    for (const Message& message : recovered.journal) {
        const auto* proposal = std::get_if<Proposal>(&message);
        if (proposal == nullptr || proposal->block.view <= root.view) continue;
        ViewState& state = open(proposal->block.view);
        keep_proposal(state, *proposal);  // To be checked again: the outside has forgotten it.
        state.proposal_persisted = true;
    }
    for (const Vote& vote : recovered.votes) {
        if (vote.ballot.view <= root.view || vote.voter != config.self) continue;
        ViewState& state = open(vote.ballot.view);
        const std::size_t kind = ViewState::index(vote.ballot.kind);
        state.sent[kind] = vote.ballot.block;
        state.own[kind] = vote;
        // Whoever voted in a view had the certificate to enter it.
        if (vote.ballot.view > view) enter(vote.ballot.view);
    }
    for (const Message& message : recovered.journal) {
        if (const auto* certificate = std::get_if<Certificate>(&message)) {
            on_certificate(*certificate);
        }
    }
    if (recovered.finalization) on_certificate(*recovered.finalization);
    for (const Vote& vote : recovered.votes) {
        if (vote.voter == config.self) on_vote(vote);
    }
}

void Replica::Core::step(const Event& event, TimeUs now_in) {
    CT_ASSERT(now_in >= now);
    now = now_in;
    std::visit(
        [this](const auto& e) {
            using T = std::decay_t<decltype(e)>;
            if constexpr (std::is_same_v<T, Received>) {
                on_message(e.from, *e.message);
            } else if constexpr (std::is_same_v<T, VoteSigned>) {
                on_vote_signed(e.vote);
            } else if constexpr (std::is_same_v<T, VoteRefused>) {
                on_vote_refused(e.ballot);
            } else if constexpr (std::is_same_v<T, PayloadBuilt>) {
                on_payload_built(e);
            } else if constexpr (std::is_same_v<T, BlockChecked>) {
                on_block_checked(e);
            } else if constexpr (std::is_same_v<T, WorkPending>) {
                work_pending = e.pending;
                declined = false;
            } else if constexpr (std::is_same_v<T, Installed>) {
                on_installed(e);
            } else if constexpr (std::is_same_v<T, Connected>) {
                on_connected(e.peer);
            } else if constexpr (std::is_same_v<T, Disconnected>) {
                if (e.peer < config.set.count()) absent |= std::uint32_t{1} << e.peer;
            }
        },
        event);
    settle();
}

// Does whatever the rules now allow. Every rule looks at the state alone, so that it does not
// matter in which order messages came.
void Replica::Core::settle() {
    if (forked) return;
    commit();
    check_blocks();
    vote_notarize();
    vote_finalize();
    arm();
    on_time();
    build();
}

// Upon VoteSigned: the vote is durable; count it and send it. A leader's notarize is its proposal.
void Replica::Core::on_vote_signed(const Vote& vote) {
    CT_ASSERT(vote.voter == config.self);
    ViewState* state = find(vote.ballot.view);
    if (state == nullptr) return;  // Finalized and forgotten meanwhile.
    const std::size_t kind = ViewState::index(vote.ballot.kind);
    if (state->sent[kind] != vote.ballot.block) return;
    state->own[kind] = vote;
    if (vote.ballot.kind == VoteKind::notarize && state->own_block) {
        Proposal proposal{*std::exchange(state->own_block, std::nullopt), vote};
        send(std::nullopt, proposal);
        const auto certified = state->certified();
        if (!state->proposal && (!certified || *certified == vote.ballot.block)) {
            keep_proposal(*state, proposal);
            state->verdict = Verdict::valid;
        }
    } else {
        send(std::nullopt, vote);
    }
    on_vote(vote);
}

void Replica::Core::on_vote_refused(const Ballot& ballot) {
    // The ballot stays marked as sent: it is not asked for again, and nothing that it excludes.
    ViewState* state = find(ballot.view);
    if (state != nullptr && ballot.kind == VoteKind::notarize) state->own_block.reset();
}

void Replica::Core::on_payload_built(const PayloadBuilt& built) {
    if (built.view != view || !building) return;
    const Parent parent = *std::exchange(building, std::nullopt);
    if (!built.payload) {
        declined = true;
        return;
    }
    CT_ASSERT(built.payload->size() <= limits::payload_bytes);
    ViewState& state = open(view);
    if (state.has_sent(VoteKind::notarize) || state.has_sent(VoteKind::nullify)) return;
    if (view <= floor) return;
    state.own_block = Block{view, parent.height + 1, parent.view, parent.id, *built.payload};
    ask_sign(VoteKind::notarize, view, block_id(config.set, *state.own_block));
}

void Replica::Core::on_block_checked(const BlockChecked& checked) {
    const auto open_check = open_checks.find(checked.block);
    if (open_check == open_checks.end()) return;
    const View checked_view = open_check->second;
    open_checks.erase(open_check);
    ViewState* state = find(checked_view);
    if (state == nullptr || !state->proposal || state->proposal_id() != checked.block) return;
    state->verdict = checked.valid ? Verdict::valid : Verdict::invalid;
    if (!checked.valid && checked_view == view) nullify(view);
}

void Replica::Core::on_installed(const Installed& installed) {
    catching_up_since.reset();
    final_stalled_since.reset();
    on_certificate(installed.finalization);
    if (installed.block.height > root.height && installed.block.view > root.view) {
        move_root(installed.block, block_id(config.set, installed.block));
    }
}

void Replica::Core::on_connected(ValidatorIndex peer) {
    if (peer >= config.set.count() || peer == config.self) return;
    absent &= ~(std::uint32_t{1} << peer);
    if (last_final) send(peer, *last_final);
    if (auto entry = entry_certificate(); entry && entry != last_final) send(peer, *entry);
    say_votes(peer);
    send(peer, Request{view});
}

void Replica::Core::send(std::optional<ValidatorIndex> to, Message message) {
    ready.send.push_back({to, std::move(message)});
}

}  // namespace consentree::consensus
