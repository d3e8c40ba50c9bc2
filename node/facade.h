// What the API may ask of the running node. Implemented by Node; every function may be called on
// any thread and returns at once.
#pragma once

#include "ledger/execute.h"
#include "ledger/genesis.h"
#include "ledger/tables.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace consentree::node {

struct PeerStatus {
    std::string institution;
    bool connected = false;
    Height height = 0;              // As the peer last said.
    std::int64_t last_seen_ms = 0;  // Wall time of its last message; 0 never.
};

struct NodeStatus {
    std::string institution;
    ValidatorIndex self = 0;
    Height height = 0;
    TimeUs block_time_us = 0;
    std::uint64_t tree_size = 0;
    std::uint64_t certified_tree_size = 0;  // Covered by a quorum-cosigned checkpoint here.
    Hash root;
    View view = 0;
    std::string leader;
    bool catching_up = false;
    bool may_vote = true;   // The vote guard is sound.
    std::string condition;  // One sentence when something is not as it should be.
    std::size_t pending_transactions = 0;
    std::size_t unordered_batches = 0;
    std::uint64_t disk_bytes = 0;
    std::int64_t now_ms = 0;        // Wall time at which the loop said all this: every second.
    std::vector<PeerStatus> peers;  // The other validators, in index order.
};

// What a full lane answers.
inline Refusal lane_full() {
    return {"busy", "this node holds as many unordered transactions as it may", "",
            "send it again after the time that Retry-After names"};
}

class Facade {
public:
    virtual ~Facade() = default;
    virtual const ledger::Genesis& genesis() const = 0;
    virtual const std::string& genesis_json() const = 0;
    // Tables up to a block whose checkpoint a quorum has cosigned and that is stored here.
    virtual std::shared_ptr<const ledger::Reader> snapshot() const = 0;
    // The index map of the same block as snapshot(), if no block came between the calls. Not to be
    // kept: memory grows while a version lives.
    virtual std::shared_ptr<const ledger::PatriciaVersion> index_map() const = 0;
    virtual NodeStatus status() const = 0;
    // The newest quorum-cosigned checkpoint note (C2SP), empty before the first.
    virtual std::string checkpoint() const = 0;

    // The lane takes nothing now: submit() would answer "busy".
    virtual bool is_full() const = 0;
    // Queues a transaction in this node's lane; the caller has checked it and previewed it. done
    // is called once, on any thread: nothing if it is in a durable batch of this node, or a
    // refusal ("busy": the lane is full).
    virtual void submit(ledger::CheckedTransaction transaction,
                        std::function<void(std::optional<Refusal>)> done) = 0;
    // Accepted here and not yet decided.
    virtual bool is_pending(const ledger::TxId& id) const = 0;
    // Calls done once, on any thread, as soon as the transaction is decided and covered by a
    // cosigned checkpoint in snapshot(); at once if it already is. Returns a ticket for unwatch(),
    // after which done is not called.
    virtual std::uint64_t watch(const ledger::TxId& id, std::function<void()> done) = 0;
    virtual void unwatch(std::uint64_t ticket) = 0;
    // Calls advanced on any thread, and briefly, whenever snapshot() has become another one. It may
    // still be called a last time after unfollow().
    virtual std::uint64_t follow(std::function<void()> advanced) = 0;
    virtual void unfollow(std::uint64_t ticket) = 0;
};

}  // namespace consentree::node
