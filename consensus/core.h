// The state and the rules of one replica (docs/consensus.md). Private to consensus/: replica.cpp
// dispatches, intake.cpp takes messages, chain.cpp orders blocks, voting.cpp casts ballots,
// pacemaker.cpp keeps time. Reads no clock, sends nothing: it fills `ready`.
#pragma once

#include "consensus/replica.h"
#include "consensus/view_state.h"

#include <map>
#include <set>

namespace consentree::consensus {

struct Replica::Core {
    Core(Config config_in, Recovered recovered, TimeUs now_in);

    // replica.cpp
    void step(const Event& event, TimeUs now_in);
    void settle();
    void restore(Recovered recovered);
    void on_vote_signed(const Vote& vote);
    void on_vote_refused(const Ballot& ballot);
    void on_payload_built(const PayloadBuilt& built);
    void on_block_checked(const BlockChecked& checked);
    void on_installed(const Installed& installed);
    void on_connected(ValidatorIndex peer);

    // intake.cpp
    bool is_useful(const Message& message) const;
    bool has_counted(const Vote& vote) const;
    void on_message(ValidatorIndex from, const Message& message);
    void on_proposal(const Proposal& proposal);
    void on_vote(const Vote& vote);
    void on_certificate(const Certificate& certificate);
    void on_request(ValidatorIndex from, View wanted);
    void accuse(ViewState& state, const Vote& first, const Vote& second);
    void look_for_fork(ViewState& state, const Certificate& certificate);

    // chain.cpp
    enum class Link { ready, waiting, broken };
    ViewState* find(View wanted);
    const ViewState* find(View wanted) const;
    ViewState& open(View wanted);
    void keep_proposal(ViewState& state, const Proposal& proposal);
    void settle_certified(View certified_view);
    Link link_of(const Block& block);
    struct Parent {
        View view;
        Height height;
        BlockId id;
    };
    std::optional<Parent> find_parent();
    bool is_skipped(View after, View before);
    void commit();
    void check_blocks();
    void request_catch_up();
    void move_root(const Block& block, const BlockId& id);
    void prune();
    void persist_chain(View from);

    // voting.cpp
    void ask_sign(VoteKind kind, View ballot_view, const BlockId& block);
    void vote_notarize();
    void vote_finalize();
    void nullify(View ballot_view);
    void build();
    void enter(View next);

    // pacemaker.cpp
    bool has_unfinalized_block() const;
    bool has_activity() const;
    void need(View wanted);
    void await(View wanted);
    void arm();
    void on_time();
    TimeUs patience(bool proposed) const;
    void retry();
    void say_votes(std::optional<ValidatorIndex> to);
    std::optional<Certificate> entry_certificate() const;
    std::optional<TimeUs> deadline() const;

    void send(std::optional<ValidatorIndex> to, Message message);
    ValidatorIndex next_peer(std::uint64_t turn) const;

    Config config;
    TimeUs now = 0;
    View floor = 0;

    View view = 0;
    Block root;  // The last committed block.
    BlockId root_id;
    View final_view = 0;  // Of the highest finalization; at least root.view.
    std::optional<Certificate> last_final;
    std::map<View, ViewState> views;
    std::set<View> block_views;  // Views above root.view with a proposal or a certified id.
    std::map<BlockId, View> open_checks;  // CheckBlock was asked, BlockChecked has not come.
    std::size_t payload_bytes = 0;        // Of all proposals in `views`.

    bool work_pending = false;
    bool declined = false;  // The last BuildPayload of this view found nothing.
    std::optional<Parent> building;
    std::optional<TimeUs> final_stalled_since;  // A finalization cannot be committed since then.
    std::optional<TimeUs> catching_up_since;    // CatchUp was asked, Installed has not come.
    bool forked = false;

    std::uint32_t absent = 0;  // One bit per validator whose session ended.
    std::optional<TimeUs> armed_since;
    TimeUs retry_at = 0;
    std::uint64_t turn = 0;  // Rotates the peers that are asked.
    std::optional<TimeUs> behind_asked_at;
    struct Budget {
        TimeUs since = 0;
        std::size_t answered = 0;
    };
    std::vector<Budget> budgets;  // Requests answered, per peer.

    Ready ready;
};

}  // namespace consentree::consensus
