// Lane batches: what a validator's lane streams to all, and what a block orders by digest.
#pragma once

#include "ledger/genesis.h"
#include "ledger/transaction.h"

#include <memory>

namespace consentree::ledger {

struct BatchHeader {
    Hash network;
    Epoch epoch = 1;
    ValidatorIndex lane = 0;
    std::uint64_t seq = 1;
    Hash previous;  // Digest of the lane's batch before; zero for seq 1.
    Hash digest;    // Over the body: sha256("consentree/batch-body/v1\n" || body).
    std::uint32_t transaction_count = 0;
    std::uint32_t event_count = 0;
    bool operator==(const BatchHeader&) const = default;
};

// A batch whose every rule that needs no ledger state has been checked: structure, limits, header
// against body, the lane's signature, each transaction's signature, root and events. Immutable;
// shared between the lanes and execution.
class CheckedBatch {
public:
    const BatchHeader& header() const { return header_; }
    // header | signature | body, as sent and as stored in Table::batch.
    BytesView encoded() const { return *encoded_; }
    const std::vector<CheckedTransaction>& transactions() const { return transactions_; }

private:
    friend class BatchBuilder;
    BatchHeader header_;
    std::shared_ptr<const Bytes> encoded_;
    std::vector<CheckedTransaction> transactions_;
};
using BatchPtr = std::shared_ptr<const CheckedBatch>;

// Costs one signature verification per transaction and one for the lane: runs on work threads.
Checked<BatchPtr> check_batch(Bytes encoded, const Genesis& genesis);
// Makes the lane's next batch of transactions that this node has checked itself.
BatchPtr seal_batch(const Genesis& genesis,
                    ValidatorIndex lane,
                    std::uint64_t seq,
                    const Hash& previous,
                    const SecretKey& identity,
                    std::vector<CheckedTransaction> transactions);
// Only the header, nothing checked but its structure: cheap enough for the loop.
Result<BatchHeader> decode_batch_header(BytesView encoded);

// Key of Table::batch.
Bytes batch_key(ValidatorIndex lane, std::uint64_t seq, const Hash& digest);

// What a proposal carries: the opaque payload of consensus.
struct BatchRef {
    ValidatorIndex lane = 0;
    std::uint64_t seq = 0;
    Hash digest;
    bool operator==(const BatchRef&) const = default;
};
struct Payload {
    TimeUs time_us = 0;
    std::vector<BatchRef> batches;  // Sorted by (lane, seq), each once.
    bool operator==(const Payload&) const = default;
};
Bytes encode(const Payload& payload);
Result<Payload> decode_payload(BytesView bytes);

}  // namespace consentree::ledger
