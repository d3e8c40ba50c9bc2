// The deterministic step from one ledger state to the next. A pure function of the block and the
// tables before it: no clock, no locale, no hash order. Invariant 6.
#pragma once

#include "common/limits.h"
#include "ledger/batch.h"
#include "ledger/consent.h"
#include "ledger/key_log.h"
#include "ledger/scheme_memory.h"
#include "ledger/tip.h"

namespace consentree::ledger {

struct OrderedBlock {
    Height height = 0;
    View view = 0;
    Hash id;
    TimeUs time_us = 0;
    std::vector<BatchPtr> batches;  // In the payload's order.
};

enum class TxStatus : std::uint8_t { committed = 1, rejected = 2 };

// The row of Table::transaction.
struct TxOutcome {
    TxStatus status = TxStatus::committed;
    Height height = 0;
    TimeUs time_us = 0;
    // Where the transaction's bytes lie: a batch row, and the offset and length in it.
    ValidatorIndex lane = 0;
    std::uint64_t seq = 0;
    Hash batch;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    std::string author;                 // Committed: whose key signed,
    std::vector<std::uint64_t> leaves;  // and the log index of each event, by position.
    std::string code, detail, pointer;  // Rejected: why. Codes are those of the API's problems.
};
Bytes encode(const TxOutcome& outcome);
Result<TxOutcome> decode_tx_outcome(BytesView bytes);

struct Execution {
    std::shared_ptr<const PatriciaVersion> map;  // The index map after the block.
    WriteSet writes;  // Everything but Table::block and Table::checkpoint; includes the new tip.
    Tip tip;
    struct Done {
        TxId id;
        TxStatus status;
    };
    std::vector<Done> transactions;  // Those that this block decided, in order.
    std::uint64_t events_committed = 0;
    std::uint64_t accesses_permitted = 0;
    std::uint64_t accesses_denied = 0;
};

// What execution keeps in memory from block to block, so as not to read it again. Made anew it
// gives the same results. Private to execution.
struct RecentState {
    Recent<Hash, KeyLogHead> heads{limits::recent_heads};
    Recent<ConsentKey, Consent> consents{limits::recent_consents};
    SchemeMemory schemes;
};

// before holds the tables after block.height - 1, and map is the index map over them
// (load_index_map); afterwards it is that of this block. recent: from the block before, or empty.
Execution execute(const Genesis& genesis,
                  const Reader& before,
                  const OrderedBlock& block,
                  PatriciaTree& map,
                  RecentState& recent);
Execution execute(const Genesis& genesis,
                  const Reader& before,
                  const OrderedBlock& block,
                  PatriciaTree& map);

}  // namespace consentree::ledger
