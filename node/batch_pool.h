// The batches of all lanes that are not ordered yet: received, checked, stored, and found again
// when a block names them. A vote for that block makes them durable (Driver::vote). Bounded per
// lane (limits::lane_unordered_*).
#pragma once

#include "ledger/batch.h"
#include "ledger/tip.h"
#include "node/disk.h"
#include "node/peer_pool.h"
#include "node/workers.h"

#include <map>
#include <set>

namespace consentree::node {

ledger::BatchRef ref_of(const ledger::CheckedBatch& batch);

class BatchPool {  // Lives on the loop.
public:
    struct Handlers {
        std::function<void(const ledger::BatchRef&)> on_stored;
        std::function<void(const ledger::BatchRef&)> on_invalid;
    };
    BatchPool(Workers& workers,
              Disk& disk,
              storage::Store& store,
              const ledger::Genesis& genesis,
              ValidatorIndex self,
              Handlers handlers);
    void use_peers(PeerPool& peers) { peers_ = &peers; }

    // A batch frame. Kept only from the lane's owner, or if it was asked for.
    void receive(ValidatorIndex from, Bytes encoded);
    // A batch that this node has sealed; done once it is durable.
    void add(ledger::BatchPtr batch, std::function<void()> done);
    // A batch that this node has checked otherwise.
    void add(ledger::BatchPtr batch) { add(std::move(batch), {}); }
    // A batch read back from the store at start.
    void restore(ledger::BatchPtr batch);
    // The batch if it is stored here, else null.
    ledger::BatchPtr find(const ledger::BatchRef& ref) const;
    bool is_invalid(const ledger::BatchRef& ref) const;
    // Asks peers, ask_first before the others, until the batch is here or ordered.
    void want(const ledger::BatchRef& ref, ValidatorIndex ask_first);
    // Repeats requests that nobody answered.
    void retry(TimeUs now);
    // Answers a batch_request frame.
    void serve(ValidatorIndex to, BytesView body);

    // Drops what is ordered.
    void advance(const std::vector<ledger::LaneCursor>& cursors);
    // What a block after those cursors may order: consecutive, stored, within a block's limits.
    std::vector<ledger::BatchRef> pick(const std::vector<ledger::LaneCursor>& cursors) const;
    bool has_work(const std::vector<ledger::LaneCursor>& cursors) const;
    // Every lane has a batch that such a block may order.
    bool has_work_of_all(const std::vector<ledger::LaneCursor>& cursors) const;
    std::size_t lane_count(ValidatorIndex lane) const { return lanes_[lane].count; }
    std::size_t lane_bytes(ValidatorIndex lane) const { return lanes_[lane].bytes; }
    std::size_t count() const;
    // Batches that are being checked or written.
    std::size_t in_hand() const { return in_hand_; }
    // This lane's batches that are stored and not ordered, by seq.
    std::vector<ledger::BatchPtr> unordered(ValidatorIndex lane) const;

private:
    enum class Stage { checking, stored, invalid };
    struct Held {
        Hash digest;
        Stage stage = Stage::checking;
        ledger::BatchPtr batch;  // If stored.
        std::size_t bytes = 0;
    };
    struct Lane {
        std::uint64_t next_seq = 1;
        std::map<std::uint64_t, std::vector<Held>> held;
        std::size_t count = 0;
        std::size_t bytes = 0;
        std::map<std::uint64_t, Hash> dropped;  // The owner's that did not fit, by seq.
    };
    struct Wanted {
        ValidatorIndex next_peer = 0;
        TimeUs asked_at = 0;
    };
    using WantedKey = std::tuple<ValidatorIndex, std::uint64_t, Hash>;

    Held* find_held(const ledger::BatchRef& ref);
    const Held* find_held(const ledger::BatchRef& ref) const;
    void check(const ledger::BatchRef& ref, Bytes encoded);
    void stored(const ledger::BatchRef& ref, ledger::BatchPtr batch);
    void want_dropped(ValidatorIndex index);
    void ask(const WantedKey& key, Wanted& wanted, TimeUs now);
    const Held* next_of(const Lane& lane, const ledger::LaneCursor& cursor) const;

    Workers& workers_;
    Disk& disk_;
    storage::Store& store_;
    const ledger::Genesis& genesis_;
    ValidatorIndex self_;
    Handlers handlers_;
    PeerPool* peers_ = nullptr;
    std::vector<Lane> lanes_;
    std::size_t in_hand_ = 0;
    std::map<WantedKey, Wanted> wanted_;
    std::vector<std::size_t> serving_;  // Reads of the store for each peer's requests.
};

}  // namespace consentree::node
