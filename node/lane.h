// This node's own lane: collects its clients' transactions, seals them into batches, makes each
// durable, and streams it to all. A lane that is full answers "busy", which clients see as 429.
#pragma once

#include "node/batch_pool.h"
#include "node/metrics.h"

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <unordered_map>

namespace consentree::node {

class Lane {  // Lives on the loop.
public:
    using Done = std::function<void(std::optional<Refusal>)>;

    Lane(Workers& workers,
         BatchPool& pool,
         const ledger::Genesis& genesis,
         ValidatorIndex self,
         const SecretKey& identity,
         Metrics& metrics);
    void use_peers(PeerPool& peers) { peers_ = &peers; }

    // done: nothing once the transaction is in a durable batch of this lane, or why not.
    void submit(ledger::CheckedTransaction transaction, Done done);
    // Where the ledger stands. Continues after this lane's batches that are held already; batches
    // that can no longer follow what was ordered are taken apart and sealed again.
    void align(const ledger::LaneCursor& ordered);
    // Sends this lane's unordered batches to a peer that has just connected.
    void replay_to(ValidatorIndex peer);

    // The next block is not due for a while: transactions gather for it.
    void on_proposal(TimeUs now) { proposed_at_ = now; }

    // It answered "busy", and no block has made room since. Any thread.
    bool is_full() const { return is_full_.load(std::memory_order_relaxed); }

    bool is_pending(const ledger::TxId& id) const { return pending_.contains(id); }
    std::size_t pending_count() const { return pending_.size(); }
    void decided(const ledger::TxId& id);

private:
    struct Waiting {
        ledger::CheckedTransaction transaction;
        Done done;
    };
    bool has_room() const;
    TimeUs due_at() const;
    void seal_when_due();
    void seal();
    std::size_t take_count() const;

    Workers& workers_;
    BatchPool& pool_;
    const ledger::Genesis& genesis_;
    ValidatorIndex self_;
    const SecretKey& identity_;
    Metrics& metrics_;
    PeerPool* peers_ = nullptr;
    boost::asio::steady_timer timer_;
    bool scheduled_ = false;
    std::atomic<bool> is_full_ = false;
    std::size_t in_flight_ = 0;  // Sealed, not durable yet.
    TimeUs sealed_at_ = 0;
    TimeUs proposed_at_ = 0;
    std::uint64_t next_seq_ = 1;
    Hash previous_;
    std::deque<Waiting> open_;
    std::size_t open_bytes_ = 0;
    std::unordered_map<ledger::TxId, TimeUs, UniformHash> pending_;  // Since when.
};

}  // namespace consentree::node
