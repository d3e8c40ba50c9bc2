// From ordered blocks to the stored ledger: each block is executed, written with everything it
// changes in one durable write, and reported, strictly one after the other.
#pragma once

#include "consensus/ready.h"
#include "consensus/stored_block.h"
#include "ledger/execute.h"
#include "node/batch_pool.h"
#include "node/disk.h"
#include "node/journal.h"
#include "node/metrics.h"

#include <deque>

namespace consentree::node {

using consensus::block_key;
using consensus::decode_stored_block;
using consensus::encode;
using consensus::StoredBlock;

class Committer {  // Lives on the loop.
public:
    struct Handlers {
        // The block is durable; previous_us is the block time before it.
        std::function<void(const ledger::Execution&, TimeUs previous_us)> on_durable;
        // A batch that a committed block names is not here.
        std::function<void(const ledger::BatchRef&)> on_missing;
    };
    Committer(Workers& workers,
              Disk& disk,
              storage::Store& store,
              BatchPool& pool,
              Journal& journal,
              Metrics& metrics,
              const ledger::Genesis& genesis,
              ledger::Tip tip,
              Handlers handlers);

    // Blocks must come in order; those at or below the last one queued are ignored.
    void enqueue(consensus::Committed block);
    // A batch is here, or a block was written: goes on if it can.
    void proceed();
    const ledger::Tip& tip() const { return tip_; }
    // Before the first block is queued: the index map that was found.
    std::shared_ptr<const ledger::PatriciaVersion> map_at_start() const { return map_.version(); }
    Height queued_height() const { return queued_height_; }
    // Blocks are being executed, or wait for it.
    bool is_busy() const { return busy_ || !queue_.empty(); }

private:
    void execute(consensus::Committed block, std::vector<ledger::BatchPtr> batches, TimeUs time_us);

    Workers& workers_;
    Disk& disk_;
    storage::Store& store_;
    BatchPool& pool_;
    Journal& journal_;
    Metrics& metrics_;
    const ledger::Genesis& genesis_;
    ledger::Tip tip_;
    ledger::PatriciaTree map_;    // Of the execute thread, once constructed,
    ledger::RecentState recent_;  // and this.
    Handlers handlers_;
    Height queued_height_;
    std::deque<consensus::Committed> queue_;
    bool busy_ = false;
};

}  // namespace consentree::node
