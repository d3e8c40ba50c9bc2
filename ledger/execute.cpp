#include "ledger/execute.h"

#include "common/assert.h"
#include "ledger/access.h"
#include "ledger/admission.h"
#include "ledger/entry.h"
#include "ledger/governance.h"
#include "ledger/key_log.h"
#include "ledger/log_tree.h"
#include "ledger/registry.h"
#include "ledger/seal.h"

#include <algorithm>
#include <unordered_set>

namespace consentree::ledger {
namespace {

class BlockExecution {
public:
    BlockExecution(const Genesis& genesis,
                   const Reader& before,
                   const OrderedBlock& block,
                   PatriciaTree& map,
                   RecentState& recent)
        : genesis_(genesis),
          before_(before),
          block_(block),
          map_(map),
          tip_(load_tip(before).value()),
          overlay_(before, &recent.consents, &recent.schemes),
          tree_(LogTree::load(before, tip_.tree_size)),
          index_(before, recent.heads) {
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
        const auto flags = admit(context, transaction, tree_.size());
        if (!flags) {
            outcome.status = TxStatus::rejected;
            outcome.code = flags.error().code;
            outcome.detail = flags.error().detail;
            outcome.pointer = flags.error().pointer;
            decide(transaction.id(), outcome);
            return;
        }
        outcome.author = overlay_.key(transaction.header().key)->institution;
        outcome.leaves.resize(transaction.events().size());
        Admitted& admitted = admitted_.emplace_back(Admitted{&transaction, std::move(outcome)});
        record_lifecycle(admitted, *flags);
    }

    void record_lifecycle(Admitted& admitted, const std::vector<std::uint32_t>& flags) {
        start_row(admitted);
        const auto& events = admitted.transaction->events();
        for (std::size_t k = 0; k < events.size(); ++k) {
            const Event& event = events[k].event;
            if (is_access(event.kind)) continue;
            append(admitted, k, {.flags = flags[k]},
                   is_lifecycle(event.kind) ? about_consent(event.lifecycle(), event.kind)
                                            : about_registry(event));
        }
        finish_row();
    }

    // Which consents an event stands under, and what their records say.
    struct Subjects {
        const ConsentKey* consent = nullptr;
        std::vector<ConsentKey> superseded;
        EventContext context;

        void add(const Overlay::Slot& old) {
            const bool is_new =
                old.exists && old.key != *consent &&
                std::find(superseded.begin(), superseded.end(), old.key) == superseded.end();
            if (!is_new) return;
            superseded.push_back(old.key);
            context.superseded.push_back(&old.consent.terms->record);
        }
    };
    Subjects about_consent(const LifecycleEvent& body, EventKind kind) {
        Subjects about;
        const Overlay::Slot& slot = overlay_.consent(body.issuer, body.consent_id);
        about.consent = &slot.key;
        // What the event itself says of the consent, or what is in force after the transaction.
        about.context.consent = body.record ? &*body.record : &slot.consent.terms->record;
        const std::string& supersedes = about.context.consent->supersedes;
        if (!supersedes.empty()) about.add(overlay_.consent(body.issuer, supersedes));
        for (const ConsentKey& key : replaced_by(slot, kind)) about.add(overlay_.consent(key));
        return about;
    }
    // Whose place the consent took in this transaction by its scheme's rule, or would take.
    std::vector<ConsentKey> replaced_by(const Overlay::Slot& slot, EventKind kind) {
        const std::uint64_t leaf = tree_.size();
        std::vector<ConsentKey> keys;
        for (const auto& [at, key] : slot.replaced) {
            const bool is_of_this = brings_record(kind) ? at >= row_first_leaf_ : at == leaf;
            if (is_of_this) keys.push_back(key);
        }
        if (!brings_record(kind)) return keys;
        for (const Terms* terms : {slot.consent.terms.get(), slot.consent.pending.get()}) {
            if (terms == nullptr || terms->leaf != leaf) continue;
            for (const ConsentKey& key : recurring_in_place(overlay_, slot.key, *terms)) {
                keys.push_back(key);
            }
        }
        return keys;
    }
    Subjects about_registry(const Event& event) {
        Subjects about;
        if (const auto* body = std::get_if<AgreementEvent>(&event.body)) {
            about.context.agreement_parties =
                body->terms ? &body->terms->parties
                            : agreement_parties(*overlay_.agreement(body->agreement_id));
        }
        return about;
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
            Subjects about;
            if (const Overlay::Slot* slot = outcome.slot) {
                about.consent = &slot->key;
                about.context.consent = &slot->consent.terms->record;
            }
            append(admitted, k,
                   {outcome.judgement.code(), outcome.flags, outcome.judgement.granted_until},
                   about);
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

    // What the ledger adds to an event.
    struct Finding {
        std::uint16_t verdict = 0;
        std::uint32_t flags = 0;
        std::optional<TimeMs> granted_until = {};
    };
    void append(Admitted& admitted,
                std::size_t position,
                const Finding& found,
                const Subjects& about) {
        const CheckedEvent& part = admitted.transaction->events()[position];
        const EntryHead head{.kind = static_cast<std::uint8_t>(part.event.kind),
                             .verdict = found.verdict,
                             .flags = found.flags,
                             .height = block_.height,
                             .commit_time_us = block_.time_us,
                             .tx_id = admitted.transaction->id(),
                             .position = static_cast<std::uint32_t>(position),
                             .length = part.length,
                             .granted_until = found.granted_until};
        admitted.outcome.leaves[position] = tree_.size();
        row_.items.push_back({head.position, part.event.kind, found.verdict, found.flags,
                              admitted.outcome.offset + part.offset, part.length,
                              found.granted_until});
        const EntryHeadBytes bytes = encode(head);
        const Hash leaf =
            leaf_hash(bytes, admitted.transaction->encoded().subspan(part.offset, part.length));
        const KeyLogItem item{tree_.size(), part.event.kind};
        const Hash in_index = record_hash({head.kind, 0, item.leaf, block_.time_us, leaf});
        if (about.consent != nullptr) index_.add(*about.consent, item, in_index);
        for (const ConsentKey& key : about.superseded) index_.add(key, item, in_index);
        each_label(part.event, about.context, [&](IndexKey kind, std::string_view label) {
            index_.add(kind, label, item, in_index);
        });
        tree_.append(leaf);
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

    // The last leaf of every block: where the ledger and its index stand after it.
    void seal(std::uint64_t first_index) {
        Seal seal;
        seal.height = block_.height;
        seal.block_time_us = block_.time_us;
        seal.first_index = first_index;
        seal.index = tree_.size();
        seal.key_count = map_.size();
        seal.index_root = map_.root();
        seal.previous_seal = tip_.seal;
        seal.validator_set = validator_set_hash(genesis_);
        seal.mapfn = mapfn_hash();
        const auto bytes = encode(seal);
        execution_.writes.push_back({Table::seal, entry_key(seal.index), to_bytes(bytes)});
        tip_.seal = leaf_hash(bytes);
        tree_.append(tip_.seal);
    }

    void finish() {
        index_.collect_writes(block_.time_us, map_, execution_.writes);
        seal(tip_.tree_size);
        tip_.height = block_.height;
        tip_.view = block_.view;
        tip_.block_id = block_.id;
        tip_.time_us = block_.time_us;
        tip_.tree_size = tree_.size();
        tip_.root = tree_.root();
        overlay_.collect_writes(execution_.writes);
        overlay_.keep_recent();
        tree_.collect_writes(execution_.writes);
        execution_.writes.push_back({Table::meta, to_bytes(as_bytes("tip")), encode(tip_)});
        execution_.tip = tip_;
        execution_.map = map_.version();
    }

    const Genesis& genesis_;
    const Reader& before_;
    const OrderedBlock& block_;
    PatriciaTree& map_;
    Tip tip_;
    Overlay overlay_;
    LogTree tree_;
    KeyLogChanges index_;
    std::unordered_set<TxId, UniformHash> decided_;
    std::vector<Admitted> admitted_;
    EntryRow row_;
    std::uint64_t row_first_leaf_ = 0;
    Execution execution_;
};

}  // namespace

Execution execute(const Genesis& genesis,
                  const Reader& before,
                  const OrderedBlock& block,
                  PatriciaTree& map,
                  RecentState& recent) {
    return BlockExecution(genesis, before, block, map, recent).run();
}

Execution execute(const Genesis& genesis,
                  const Reader& before,
                  const OrderedBlock& block,
                  PatriciaTree& map) {
    RecentState nothing;
    return execute(genesis, before, block, map, nothing);
}

}  // namespace consentree::ledger
