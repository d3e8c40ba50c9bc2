// The loop around the consensus core: events in, duties out, in the order in which Ready lists
// them. Decides what a block may carry; never decides order.
#pragma once

#include "consensus/replica.h"
#include "node/batch_pool.h"
#include "node/committer.h"
#include "node/journal.h"
#include "node/metrics.h"
#include "storage/vote_guard.h"

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <variant>

namespace consentree::node {

class Driver {  // Lives on the loop.
public:
    struct Handlers {
        std::function<void(const consensus::CatchUp&)> on_catch_up;
        std::function<void(TimeUs now)> on_proposal;  // This node's own, or one taken.
    };
    Driver(Workers& workers,
           Disk& disk,
           BatchPool& pool,
           Committer& committer,
           Journal& journal,
           storage::VoteGuard& guard,
           Metrics& metrics,
           const ledger::Genesis& genesis,
           consensus::Config config,
           consensus::Recovered recovered,
           Handlers handlers);
    void use_peers(PeerPool& peers) { peers_ = &peers; }

    void start();
    // Ballots wait for release_votes(): what the guard may sign is not known yet.
    void hold_votes() { holds_votes_ = true; }
    void release_votes();
    void feed(consensus::Event event);
    // A consensus frame.
    void receive(ValidatorIndex from, BytesView body);
    void on_batch_stored(const ledger::BatchRef& ref);
    void on_batch_invalid(const ledger::BatchRef& ref);
    // A block is durable; the tip is the committer's.
    void on_committed();

    consensus::Status status() const { return replica_.status(); }
    const consensus::ValidatorSet& set() const { return set_; }

private:
    // What a block's children build on.
    struct Context {
        Height height = 0;
        TimeUs time_us = 0;
        std::vector<ledger::LaneCursor> cursors;
    };
    struct Incoming {
        ValidatorIndex from;
        consensus::Message message;  // Signatures not checked.
    };
    enum class Finding { valid, invalid, wait };

    void schedule();
    void drain();
    void take(Incoming incoming, TimeUs now);
    void perform(consensus::Ready ready);
    void vote(std::vector<consensus::Message> rests_on, std::vector<consensus::Ballot> ballots);
    void send(consensus::Outgoing outgoing);
    void count(consensus::VoteKind kind);
    void on_proposal(TimeUs now);
    void pace(const consensus::BuildPayload& request);
    void wait_to_build(TimeUs until);
    void build_when_due();
    void build(const consensus::BuildPayload& request);
    std::optional<Context> context_of(const consensus::BlockId& parent) const;
    Finding examine(const consensus::CheckBlock& check);
    Finding follow(const ledger::Payload& payload, ValidatorIndex leader, Context& context);
    void examine_all();
    void tell_floor();
    void tell_work();
    void set_timer(std::optional<TimeUs> deadline);

    Workers& workers_;
    Disk& disk_;
    BatchPool& pool_;
    Committer& committer_;
    Journal& journal_;
    storage::VoteGuard& guard_;
    Metrics& metrics_;
    const ledger::Genesis& genesis_;
    consensus::ValidatorSet set_;
    ValidatorIndex self_;
    consensus::Replica replica_;
    Handlers handlers_;
    PeerPool* peers_ = nullptr;

    // What the core has not seen yet, in the order in which it came.
    std::vector<std::variant<consensus::Event, Incoming>> inbox_;
    bool scheduled_ = false;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer recheck_timer_;
    boost::asio::steady_timer pace_timer_;
    std::optional<consensus::BuildPayload> paced_;  // Waits for pace_timer_.
    TimeUs proposed_at_ = 0;  // When the newest proposal was taken here or sent.
    std::map<consensus::BlockId, Context> contexts_;  // Above the last committed block.
    std::vector<consensus::CheckBlock> checks_;       // Open: data or time is missing.
    bool told_work_ = false;
    View told_floor_ = 0;      // What the guard has heard.
    View nullified_view_ = 0;  // The highest that was counted.
    bool holds_votes_ = false;
    std::vector<consensus::Ballot> held_ballots_;
};

}  // namespace consentree::node
