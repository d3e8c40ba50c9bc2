#include "ledger/evidence_make.h"

#include "ledger/entry_source.h"
#include "ledger/key_log.h"
#include "ledger/log_tree.h"
#include "ledger/state_keys.h"
#include "ledger/tip.h"
#include "ledger/tlog_proof.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

// What an entry's transaction may add to a page: header, signature and path.
constexpr std::size_t run_bytes = limits::header_bytes + 64;

Refusal unreadable() {
    return {"internal-error", "the log cannot be read", "", ""};
}

// The newest SEAL that is not above the height. Halves: heights ascend with the leaves.
std::optional<Seal> seal_of_height(const Reader& reader, Height height, std::uint64_t tree_size) {
    const auto newest_before = [&](std::uint64_t leaf) {
        std::optional<Seal> seal;
        reader.scan(Table::seal, {}, entry_key(leaf), Direction::descending,
                    [&](BytesView, BytesView value) {
                        if (auto decoded = decode_seal(value)) seal = *decoded;
                        return false;
                    });
        return seal;
    };
    std::uint64_t low = 0, high = tree_size;  // It lies in [low, high).
    while (low < high) {
        const auto seal = newest_before(low + (high - low) / 2 + 1);
        if (seal && seal->height == height) return seal;
        if (!seal || seal->height < height) {
            low = low + (high - low) / 2 + 1;
        } else {
            high = seal->index;
        }
    }
    return std::nullopt;
}

class EvidenceMaker {
public:
    EvidenceMaker(const EvidenceSource& source, const Question& question, const EvidencePage& page)
        : reader_(source.reader), source_(source), page_(page), entries_(source.reader) {
        made_.evidence.network = source.network;
        made_.evidence.question = question;
    }

    Checked<MadeEvidence> run() {
        auto refusal = add_seal();
        if (!refusal) refusal = add_as_of();
        if (refusal) return std::move(*refusal);
        const Hash key = map_key_of(question());
        made_.evidence.map_proof = source_.map.prove(key);
        head_ = find_key_log(reader_, key);
        if (head_) {
            made_.evidence.value = to_bytes(encode(head_->value));
            refusal = add_range();
        } else if (page_.position) {
            refusal = no_position();
        }
        if (refusal) return std::move(*refusal);
        return std::move(made_);
    }

private:
    using Failure = std::optional<Refusal>;

    const Question& question() const { return made_.evidence.question; }
    static Refusal no_position() {
        return {"invalid-parameter", "the answer has no entry at this position", "", ""};
    }

    Failure add_seal() {
        const auto note = parse_note(source_.note);
        const auto checkpoint =
            note ? parse_checkpoint(note->text) : Result<Checkpoint>(Errc::not_found);
        const Refusal none{"no-checkpoint",
                           "there is no certified checkpoint of the newest block yet", "",
                           "Ask again in a moment."};
        const auto tip = load_tip(reader_);
        if (!checkpoint || checkpoint->tree_size == 0 || !tip ||
            tip->tree_size != checkpoint->tree_size) {
            return none;
        }
        tree_size_ = checkpoint->tree_size;
        const auto seal = get_seal(reader_, tree_size_ - 1);
        if (!seal || seal->index_root != source_.map.root()) return none;
        seal_ = *seal;
        auto path = inclusion_path(reader_, tree_size_ - 1, tree_size_);
        if (!path) return unreadable();
        made_.evidence.seal = encode(seal_);
        made_.evidence.seal_proof =
            format_tlog_proof({std::nullopt, tree_size_ - 1, std::move(*path), source_.note});
        return std::nullopt;
    }

    Failure add_as_of() {
        const Refusal ahead{"invalid-parameter", "the ledger has not reached the moment of as_of",
                            "", "Ask for a block, or a time, up to the newest: see the status."};
        const auto& time = question().as_of_time;
        if (time && static_cast<TimeUs>(*time) * 1000 > seal_.block_time_us) return ahead;
        const auto& height = question().as_of_height;
        if (!height || *height == seal_.height) return std::nullopt;
        if (*height > seal_.height) return ahead;
        const auto earlier = seal_of_height(reader_, *height, tree_size_);
        if (!earlier)
            return Refusal{"invalid-parameter", "no block has the height of as_of", "", ""};
        auto path = inclusion_path(reader_, earlier->index, tree_size_);
        if (!path) return unreadable();
        made_.evidence.as_of = EarlierSeal{encode(*earlier), std::move(*path)};
        last_leaf_ = earlier->index;
        return std::nullopt;
    }

    // The first position whose item is not before, or is after. Halves: items are in order.
    template <class IsBeyond>
    std::uint64_t find_position(const IsBeyond& is_beyond) const {
        std::uint64_t low = 0, high = head_->value.count;
        while (low < high) {
            const std::uint64_t middle = low + (high - low) / 2;
            std::uint64_t leaf = 0;
            scan_key_log(reader_, *head_, middle, Direction::ascending,
                         [&](std::uint64_t, const KeyLogItem& item) {
                             leaf = item.leaf;
                             return false;
                         });
            const auto row = find_entry_row(reader_, leaf);
            if (row && !is_beyond(leaf, row->row.time_us)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    Failure add_range() {
        const Question& asked = question();
        const std::uint64_t count = head_->value.count;
        const bool has_end = asked.to || asked.as_of_time || last_leaf_;
        first_ =
            asked.from
                ? find_position([&](std::uint64_t, TimeUs time) { return !is_before(asked, time); })
                : 0;
        last_ = has_end ? find_position([&](std::uint64_t leaf, TimeUs time) {
            return is_after(asked, leaf, time, last_leaf_);
        })
                        : count;
        last_ = std::max(first_, last_);
        const bool ascends = page_.direction == Direction::ascending;
        const std::uint64_t start = page_.position.value_or(ascends ? first_ : last_);
        if (start < first_ || start > last_) return no_position();
        begin_ = end_ = start;
        if (auto refusal = add_entries()) return refusal;
        if (ascends ? end_ < last_ : begin_ > first_) made_.next = ascends ? end_ : begin_;
        const bool has_before = begin_ == first_ && first_ > 0;
        const bool has_after = end_ == last_ && last_ < count;
        auto range = key_log_proof(reader_, *head_, count, begin_ - (has_before ? 1 : 0),
                                   end_ + (has_after ? 1 : 0));
        if (!range) return unreadable();
        made_.evidence.range = std::move(*range);
        if (has_before) made_.evidence.before = record_at(begin_ - 1);
        if (has_after) made_.evidence.after = record_at(end_);
        return add_transactions();
    }

    std::optional<Bytes> record_at(std::uint64_t position) {
        std::optional<Bytes> record;
        scan_key_log(reader_, *head_, position, Direction::ascending,
                     [&](std::uint64_t, const KeyLogItem& item) {
                         const auto entry = entries_.get(item.leaf);
                         if (entry) {
                             record = to_bytes(encode(
                                 IndexRecord{static_cast<std::uint8_t>(item.kind), 0, item.leaf,
                                             entry->time_us, leaf_hash(entry_leaf_bytes(*entry))}));
                         }
                         return false;
                     });
        return record;
    }

    // Moves begin_ or end_ from the start over the entries of the page.
    Failure add_entries() {
        Evidence& evidence = made_.evidence;
        const bool ascends = page_.direction == Direction::ascending;
        if (ascends ? begin_ == last_ : end_ == first_) return std::nullopt;
        std::size_t bytes = 0, counted = 0;
        TxId last_tx;
        bool is_readable = true;
        scan_key_log(reader_, *head_, ascends ? begin_ : end_ - 1, page_.direction,
                     [&](std::uint64_t position, const KeyLogItem& item) {
                         if (position < first_ || position >= last_) return false;
                         const auto entry = entries_.get(item.leaf);
                         is_readable = entry.has_value();
                         if (!is_readable) return false;
                         Bytes leaf = entry_leaf_bytes(*entry);
                         bytes += leaf.size() + (entry->tx_id == last_tx ? 0 : run_bytes);
                         last_tx = entry->tx_id;
                         if (bytes > limits::evidence_entry_bytes && !evidence.entries.empty())
                             return false;
                         evidence.leaves.push_back(item.leaf);
                         evidence.entries.push_back(std::move(leaf));
                         (ascends ? end_ : begin_) = ascends ? position + 1 : position;
                         if (!page_.counts || page_.counts(*entry)) ++counted;
                         return counted < page_.limit && evidence.entries.size() < page_.at_most;
                     });
        if (!ascends) {
            std::ranges::reverse(evidence.leaves);
            std::ranges::reverse(evidence.entries);
        }
        if (!is_readable) return unreadable();
        return std::nullopt;
    }

    Failure add_transactions() {
        const std::vector<Bytes>& entries = made_.evidence.entries;
        for (std::size_t at = 0; at < entries.size();) {
            const EntryHead head = decode_entry(entries[at])->head;
            std::vector<std::uint32_t> positions{head.position};
            for (std::size_t k = at + 1; k < entries.size(); ++k) {
                const EntryHead next = decode_entry(entries[k])->head;
                if (next.tx_id != head.tx_id || next.position <= positions.back()) break;
                positions.push_back(next.position);
            }
            at += positions.size();
            if (!add_run(head.tx_id, positions)) return unreadable();
        }
        return std::nullopt;
    }
    bool add_run(const TxId& id, const std::vector<std::uint32_t>& positions) {
        const auto outcome = get_outcome(reader_, id);
        const auto bytes = outcome ? entries_.transaction(*outcome) : std::nullopt;
        if (!bytes) return false;
        auto transaction = decode_transaction(*bytes);
        if (!transaction || positions.back() >= transaction->events.size()) return false;
        std::vector<Hash> events;
        events.reserve(transaction->events.size());
        for (const std::string& event : transaction->events) {
            events.push_back(leaf_hash(as_bytes(event)));
        }
        made_.evidence.transactions.push_back(
            {std::move(transaction->header), transaction->signature,
             static_cast<std::uint32_t>(positions.size()), leaves_proof(events, positions)});
        return true;
    }

    const Reader& reader_;
    const EvidenceSource& source_;
    const EvidencePage& page_;
    EntrySource entries_;
    MadeEvidence made_;
    Seal seal_;
    std::uint64_t tree_size_ = 0;
    std::optional<std::uint64_t> last_leaf_;
    std::optional<KeyLogHead> head_;
    std::uint64_t first_ = 0, last_ = 0;  // Positions of the whole answer,
    std::uint64_t begin_ = 0, end_ = 0;   // and of this page.
};

}  // namespace

Checked<MadeEvidence> make_evidence(const EvidenceSource& source,
                                    const Question& question,
                                    const EvidencePage& page) {
    return EvidenceMaker(source, question, page).run();
}

}  // namespace consentree::ledger
