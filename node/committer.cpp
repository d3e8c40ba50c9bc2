#include "node/committer.h"

#include "common/assert.h"
#include "ledger/key_log.h"
#include "ledger/queries.h"
#include "node/clock.h"
#include "node/fatal.h"

namespace consentree::node {

using consensus::Committed;
using ledger::BatchPtr;

namespace {

// Built anew at every start, and compared with what the newest SEAL says of it.
ledger::PatriciaTree load_map(const storage::Store& store, const ledger::Tip& tip) {
    const auto snapshot = store.snapshot();
    auto map = ledger::load_index_map(*snapshot);
    if (tip.height == 0) return map;
    const auto seal = ledger::get_seal(*snapshot, tip.tree_size - 1);
    if (!seal || seal->index_root != map.root()) {
        stop_process("the index is not that of the newest SEAL: the store is damaged");
    }
    return map;
}

}  // namespace

Committer::Committer(Workers& workers,
                     Disk& disk,
                     storage::Store& store,
                     BatchPool& pool,
                     Journal& journal,
                     Metrics& metrics,
                     const ledger::Genesis& genesis,
                     ledger::Tip tip,
                     Handlers handlers)
    : workers_(workers),
      disk_(disk),
      store_(store),
      pool_(pool),
      journal_(journal),
      metrics_(metrics),
      genesis_(genesis),
      tip_(std::move(tip)),
      map_(load_map(store, tip_)),
      handlers_(std::move(handlers)),
      queued_height_(tip_.height) {}

void Committer::enqueue(Committed block) {
    if (block.block.height <= queued_height_) return;
    CT_ASSERT(block.block.height == queued_height_ + 1);  // Invariant 4.
    queued_height_ = block.block.height;
    queue_.push_back(std::move(block));
    proceed();
}

void Committer::proceed() {
    if (busy_ || queue_.empty()) return;
    const Committed& next = queue_.front();
    const auto payload = ledger::decode_payload(next.block.payload);
    if (!payload) stop_process("a finalized block does not decode: " + payload.error().message());
    std::vector<BatchPtr> batches;
    for (const ledger::BatchRef& ref : payload->batches) {
        BatchPtr batch = pool_.find(ref);
        if (batch == nullptr) {
            if (pool_.is_invalid(ref)) {
                stop_process("a quorum finalized a batch that this node finds invalid");
            }
            handlers_.on_missing(ref);
            return;
        }
        batches.push_back(std::move(batch));
    }
    busy_ = true;
    Committed block = std::move(queue_.front());
    queue_.pop_front();
    execute(std::move(block), std::move(batches), payload->time_us);
}

void Committer::execute(Committed block, std::vector<BatchPtr> batches, TimeUs time_us) {
    auto committed = std::make_shared<Committed>(std::move(block));
    ledger::OrderedBlock ordered{committed->block.height, committed->block.view, committed->id,
                                 time_us, std::move(batches)};
    workers_.run(
        workers_.execute,
        [this, snapshot = store_.snapshot(), ordered = std::move(ordered), committed,
         dropped = journal_.drop(committed->block.view)]() mutable {
            const TimeUs begun = monotonic_us();
            auto execution = std::make_shared<ledger::Execution>(
                ledger::execute(genesis_, *snapshot, ordered, map_, recent_));
            metrics_.execution_seconds.Observe(seconds_since(begun));
            StoredBlock stored{consensus::encode(committed->block), {}};
            if (committed->finalization) {
                stored.finalization = consensus::encode(*committed->finalization);
            }
            ledger::WriteSet writes = std::move(execution->writes);
            writes.push_back({ledger::Table::block, block_key(ordered.height), encode(stored)});
            std::move(dropped.begin(), dropped.end(), std::back_inserter(writes));
            disk_.write(writes);
            return execution;
        },
        [this](std::shared_ptr<ledger::Execution> execution) {
            const TimeUs previous_us = std::exchange(tip_, execution->tip).time_us;
            busy_ = false;
            handlers_.on_durable(*execution, previous_us);
            proceed();
        });
}

}  // namespace consentree::node
