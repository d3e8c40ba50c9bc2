// What the API threads read of the node: the newest certified snapshot, its note, the status, and
// who waits for which transaction. The one place where the loop and the API share state.
#pragma once

#include "node/facade.h"

#include <deque>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace consentree::node {

class Board {  // Every function on any thread.
public:
    using Snapshot = std::shared_ptr<const ledger::Reader>;
    using IndexMap = std::shared_ptr<const ledger::PatriciaVersion>;

    explicit Board(Snapshot start) : snapshot_(std::move(start)) {}
    // Before anything is certified: the map of the snapshot at the start.
    void start_map(IndexMap map) { map_ = std::move(map); }

    // Loop: a block is durable; its transactions are decided but not certified yet.
    void decided(Height height, std::vector<ledger::Execution::Done> transactions);
    // Loop: a quorum has cosigned the tree after that block. Without a snapshot only the note is
    // new.
    void certified(Height height, Snapshot snapshot, IndexMap map, std::string note);
    void publish(NodeStatus status);

    Snapshot snapshot() const;
    IndexMap index_map() const;
    std::string note() const;
    NodeStatus status() const;

    void add_pending(const ledger::TxId& id);
    void drop_pending(const ledger::TxId& id);
    bool is_pending(const ledger::TxId& id) const;
    std::uint64_t watch(const ledger::TxId& id, std::function<void()> done);
    void unwatch(std::uint64_t ticket);
    std::uint64_t follow(std::function<void()> advanced);
    void unfollow(std::uint64_t ticket);

private:
    struct Watcher {
        std::uint64_t ticket;
        std::function<void()> done;
    };
    struct Block {
        Height height;
        std::vector<ledger::TxId> transactions;
    };
    mutable std::mutex mutex_;
    Snapshot snapshot_;
    IndexMap map_;  // Of the same block.
    std::string note_;
    NodeStatus status_;
    std::unordered_set<ledger::TxId, UniformHash> pending_;
    std::deque<Block> decided_;
    std::unordered_map<ledger::TxId, std::vector<Watcher>, UniformHash> watchers_;
    std::unordered_map<std::uint64_t, ledger::TxId> tickets_;
    std::unordered_map<std::uint64_t, std::function<void()>> followers_;
    std::uint64_t next_ticket_ = 1;
};

}  // namespace consentree::node
