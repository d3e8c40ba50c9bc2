// Catch-up: fetches committed blocks with their batches from peers by height, checks the chain of
// hashes, a quorum's finalization and every signature, and hands them to the committer. The only
// way in which a node that was away gets back; no peer is believed.
#pragma once

#include "consensus/event.h"
#include "node/committer.h"

#include <boost/asio/steady_timer.hpp>
#include <unordered_map>

namespace consentree::node {

class Sync {  // Lives on the loop.
public:
    struct Handlers {
        // The block and everything below it is durable.
        std::function<void(consensus::Installed)> on_installed;
    };
    Sync(Workers& workers,
         BatchPool& pool,
         Committer& committer,
         storage::Store& store,
         const ledger::Genesis& genesis,
         const consensus::ValidatorSet& set,
         ValidatorIndex self,
         Handlers handlers);
    void use_peers(PeerPool& peers) { peers_ = &peers; }

    // What a peer says of itself; only ever decides whom to ask.
    void on_peer_height(ValidatorIndex peer, Height height);
    // As it comes with each of its blocks: no reason yet to think oneself behind.
    void hear_height(ValidatorIndex peer, Height height);
    void on_peer_down(ValidatorIndex peer);
    // Consensus has seen a finalization beyond what is here.
    void demand();
    // Every half second: notices that this node has fallen behind, or that nobody answers. One that
    // only works off what it has is not behind.
    void tick(TimeUs now);
    void on_committed();

    void serve(ValidatorIndex to, BytesView request);
    void receive(ValidatorIndex from, Bytes response);

    bool active() const { return active_; }
    Height peer_height(ValidatorIndex peer) const { return heights_[peer]; }

private:
    // A stretch of blocks whose last one carries the finalization.
    struct Stretch {
        std::vector<consensus::Committed> blocks;
        std::vector<ledger::BatchPtr> batches;
    };
    // Batches that this node has checked before, by digest.
    using KnownBatches = std::unordered_map<Hash, ledger::BatchPtr, UniformHash>;
    KnownBatches known_batches() const;
    static Result<Stretch> check(BytesView response,
                                 const consensus::Committed& after,
                                 const KnownBatches& known,
                                 const consensus::ValidatorSet& set,
                                 const ledger::Genesis& genesis);
    void ask(TimeUs now);
    void install(Stretch stretch);

    Workers& workers_;
    BatchPool& pool_;
    Committer& committer_;
    storage::Store& store_;
    const ledger::Genesis& genesis_;
    const consensus::ValidatorSet& set_;
    ValidatorIndex self_;
    Handlers handlers_;
    PeerPool* peers_ = nullptr;
    std::vector<Height> heights_;
    std::vector<bool> serving_;  // Peers whose request is being answered.
    bool active_ = false;
    // The one stretch in hand: asked for, its response being checked, its blocks being installed.
    enum class Stage { none, asked, checking, installing };
    Stage stage_ = Stage::none;
    ValidatorIndex asked_ = 0;
    TimeUs asked_at_ = 0;
    Height last_height_ = 0;
    TimeUs last_progress_ = 0;
    Height install_until_ = 0;  // The last block of the stretch that is being installed.
    std::optional<consensus::Installed> installing_;  // Its newest block with a finalization.
};

}  // namespace consentree::node
