#include "ledger/execute.h"

#include "common/assert.h"
#include "ledger/access.h"
#include "ledger/admission.h"
#include "ledger/entry.h"
#include "ledger/log_tree.h"

#include <unordered_set>

namespace consentree::ledger {
namespace {

// The leaves of a block by index key, in the order in which the keys were first met.
class IndexRows {
public:
    void add(IndexKind kind, std::string_view label, std::uint64_t leaf) {
        name_.assign(1, static_cast<char>(kind));
        name_ += label;
        const auto [at, is_new] = rows_.try_emplace(name_, order_.size());
        if (is_new) order_.push_back({kind, std::string(label), {}});
        order_[at->second].leaves.push_back(leaf);
    }
    void collect_writes(WriteSet& writes, Height height) const {
        for (const Row& row : order_) {
            writes.push_back({Table::index, index_key(row.kind, index_id(row.label), height),
                              encode_leaves(row.leaves)});
        }
    }

private:
    struct Row {
        IndexKind kind;
        std::string label;
        std::vector<std::uint64_t> leaves;
    };
    std::vector<Row> order_;
    std::unordered_map<std::string, std::size_t> rows_;
    std::string name_;
};

class BlockExecution {
public:
    BlockExecution(const Genesis& genesis, const Reader& before, const OrderedBlock& block)
        : genesis_(genesis),
          before_(before),
          block_(block),
          tip_(load_tip(before).value()),
          overlay_(before),
          tree_(LogTree::load(before, tip_.tree_size)) {
        CT_ASSERT(block.height == tip_.height + 1);
    }

    Execution run() {
        for (const BatchPtr& batch : block_.batches) {
            for (const CheckedTransaction& transaction : batch->transactions()) {
                admit_one(*batch, transaction);
            }
            move_cursor(batch->header());
        }
        for (Admitted& admitted : admitted_) record_accesses(admitted);
        finish();
        return std::move(execution_);
    }

private:
    // A transaction that phase 0 and 1 let in.
    struct Admitted {
        const CheckedTransaction* transaction;
        TxOutcome outcome;
    };

    void admit_one(const CheckedBatch& batch, const CheckedTransaction& transaction) {
        const bool is_new = decided_.insert(transaction.id()).second &&
                            !before_.get(Table::transaction, transaction.id().view());
        if (!is_new) return;  // The same bytes came through two lanes, or came again.
        TxOutcome outcome;
        outcome.height = block_.height;
        outcome.time_us = block_.time_us;
        outcome.lane = batch.header().lane;
        outcome.seq = batch.header().seq;
        outcome.batch = batch.header().digest;
        outcome.offset =
            static_cast<std::uint32_t>(transaction.encoded().data() - batch.encoded().data());
        outcome.length = static_cast<std::uint32_t>(transaction.encoded().size());
        const AdmissionContext context{genesis_, overlay_, block_.height, block_.time_us};
        if (auto refusal = admit(context, transaction, tree_.size())) {
            outcome.status = TxStatus::rejected;
            outcome.code = std::move(refusal->code);
            outcome.detail = std::move(refusal->detail);
            outcome.pointer = std::move(refusal->pointer);
            decide(transaction.id(), outcome);
            return;
        }
        outcome.leaves.resize(transaction.events().size());
        Admitted& admitted = admitted_.emplace_back(Admitted{&transaction, std::move(outcome)});
        record_lifecycle(admitted);
    }

    void record_lifecycle(Admitted& admitted) {
        start_row(admitted);
        const auto& events = admitted.transaction->events();
        for (std::size_t k = 0; k < events.size(); ++k) {
            if (is_access(events[k].event.kind)) continue;
            append(admitted, k, 0, 0);
        }
        finish_row();
    }

    void record_accesses(Admitted& admitted) {
        start_row(admitted);
        const AccessContext context{genesis_, overlay_, block_.time_us};
        const auto& events = admitted.transaction->events();
        for (std::size_t k = 0; k < events.size(); ++k) {
            const Event& event = events[k].event;
            if (!is_access(event.kind)) continue;
            const std::uint64_t leaf = tree_.size();
            const AccessOutcome outcome = record_access(context, event, leaf);
            const AccessEvent& access = event.access();
            index_.add(IndexKind::actor, access.actor_org, leaf);
            const ConsentRecord* consent =
                outcome.slot != nullptr ? &outcome.slot->consent.terms->record : nullptr;
            if (consent != nullptr) index_.add(IndexKind::provider, consent->provider, leaf);
            // Under its consent's subject it is found through the consent.
            if (consent == nullptr || consent->subject != access.subject) {
                index_.add(IndexKind::subject, access.subject, leaf);
            }
            append(admitted, k, outcome.judgement.code(), outcome.flags);
            execution_.accesses_permitted += outcome.judgement.is_permitted() ? 1u : 0u;
            execution_.accesses_denied += outcome.judgement.verdict == Verdict::deny ? 1u : 0u;
        }
        finish_row();
        decide(admitted.transaction->id(), admitted.outcome);
    }

    void start_row(const Admitted& admitted) {
        row_first_leaf_ = tree_.size();
        row_.height = block_.height;
        row_.time_us = block_.time_us;
        row_.tx_id = admitted.transaction->id();
        row_.batch = {admitted.outcome.lane, admitted.outcome.seq, admitted.outcome.batch};
        row_.items.clear();
    }

    void append(Admitted& admitted,
                std::size_t position,
                std::uint16_t verdict,
                std::uint32_t flags) {
        const CheckedEvent& part = admitted.transaction->events()[position];
        const EntryHead head{.kind = static_cast<std::uint8_t>(part.event.kind),
                             .verdict = verdict,
                             .flags = flags,
                             .height = block_.height,
                             .commit_time_us = block_.time_us,
                             .tx_id = admitted.transaction->id(),
                             .position = static_cast<std::uint32_t>(position),
                             .length = part.length};
        admitted.outcome.leaves[position] = tree_.size();
        row_.items.push_back({head.position, part.event.kind, verdict, flags,
                              admitted.outcome.offset + part.offset, part.length});
        const EntryHeadBytes bytes = encode(head);
        tree_.append(
            leaf_hash(bytes, admitted.transaction->encoded().subspan(part.offset, part.length)));
    }

    void finish_row() {
        if (row_.items.empty()) return;
        execution_.events_committed += row_.items.size();
        execution_.writes.push_back({Table::entry, entry_key(row_first_leaf_), encode(row_)});
    }

    void decide(const TxId& id, const TxOutcome& outcome) {
        execution_.transactions.push_back({id, outcome.status});
        execution_.writes.push_back({Table::transaction, to_bytes(id.view()), encode(outcome)});
    }

    void move_cursor(const BatchHeader& header) {
        CT_ASSERT(header.lane < tip_.lanes.size());
        LaneCursor& lane = tip_.lanes[header.lane];
        lane.next_seq = header.seq + 1;
        lane.last_digest = header.digest;
    }

    void finish() {
        tip_.height = block_.height;
        tip_.view = block_.view;
        tip_.block_id = block_.id;
        tip_.time_us = block_.time_us;
        tip_.tree_size = tree_.size();
        tip_.root = tree_.root();
        overlay_.collect_writes(execution_.writes);
        index_.collect_writes(execution_.writes, block_.height);
        tree_.collect_writes(execution_.writes);
        execution_.writes.push_back({Table::meta, to_bytes(as_bytes("tip")), encode(tip_)});
        execution_.tip = tip_;
    }

    const Genesis& genesis_;
    const Reader& before_;
    const OrderedBlock& block_;
    Tip tip_;
    Overlay overlay_;
    LogTree tree_;
    IndexRows index_;
    std::unordered_set<TxId, UniformHash> decided_;
    std::vector<Admitted> admitted_;
    EntryRow row_;
    std::uint64_t row_first_leaf_ = 0;
    Execution execution_;
};

}  // namespace

Execution execute(const Genesis& genesis, const Reader& before, const OrderedBlock& block) {
    return BlockExecution(genesis, before, block).run();
}

}  // namespace consentree::ledger
