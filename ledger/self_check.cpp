#include "ledger/self_check.h"

#include "common/codec.h"
#include "ledger/checkpoint.h"
#include "ledger/entry.h"
#include "ledger/execute.h"
#include "ledger/log_tree.h"
#include "ledger/seal.h"
#include "ledger/state_keys.h"

namespace consentree::ledger {
namespace {

constexpr std::uint64_t tile_width = 256;

class SelfCheck {
public:
    SelfCheck(const Reader& reader, const Tip& tip)
        : reader_(reader),
          tip_(tip),
          from_(tip.tree_size - std::min(tip.tree_size, self_check_leaves)),
          seen_(tip.tree_size - from_) {}

    std::optional<std::string> run() {
        check_tree();
        if (!damage_) check_seals();
        if (!damage_) check_entries();
        if (!damage_) check_note();
        for (std::size_t k = 0; k < seen_.size() && !damage_; ++k) {
            if (!seen_[k]) damaged("leaf " + std::to_string(from_ + k) + " of the log is missing");
        }
        return std::move(damage_);
    }

private:
    bool damaged(std::string what) {
        damage_ = std::move(what);
        return false;  // To end a scan.
    }

    void check_tree() {
        const auto root = root_at(reader_, tip_.tree_size);
        if (!root || *root != tip_.root) {
            damaged("the tree's tiles do not give the root at size " +
                    std::to_string(tip_.tree_size));
        } else if (LogTree::load(reader_, tip_.tree_size).root() != tip_.root) {
            damaged("the tree's frontier does not give its root");
        }
    }

    // Whether the log has this hash at that leaf.
    bool take(std::uint64_t leaf, const Hash& hash, const std::string& what) {
        if (leaf < from_) return true;
        if (leaf >= tip_.tree_size) return damaged(what + " is beyond the end of the log");
        const std::uint64_t number = leaf / tile_width;
        if (number != tile_number_ || tile_.empty()) {
            tile_ = reader_.get(Table::tile, tile_key(0, number)).value_or(Bytes());
            tile_number_ = number;
        }
        const std::size_t at = leaf % tile_width * Hash::byte_count;
        const bool is_there = at + Hash::byte_count <= tile_.size() &&
                              equal(BytesView(tile_).subspan(at, Hash::byte_count), hash.view());
        if (!is_there) return damaged(what + " is not what the log's tree holds");
        seen_[leaf - from_] = true;
        return true;
    }

    void check_seals() {
        Hash newest;
        reader_.scan(Table::seal, entry_key(from_), {}, Direction::ascending,
                     [&](BytesView key, BytesView value) {
                         const std::uint64_t leaf = consentree::Reader(key).u64();
                         newest = leaf_hash(value);
                         return take(leaf, newest, "the SEAL at leaf " + std::to_string(leaf));
                     });
        if (!damage_ && newest != tip_.seal) damaged("the newest SEAL is not the tip's");
    }

    void check_entries() {
        reader_.scan(Table::entry, {}, {}, Direction::descending,
                     [&](BytesView key, BytesView value) {
                         const std::uint64_t first = consentree::Reader(key).u64();
                         return check_row(first, value) && first > from_;
                     });
    }

    bool check_row(std::uint64_t first, BytesView value) {
        const std::string name = "the entry at leaf " + std::to_string(first);
        const auto row = decode_entry_row(value);
        if (!row) return damaged(name + " does not decode");
        const Bytes key = batch_key(row->batch.lane, row->batch.seq, row->batch.digest);
        if (key != batch_key_) batch_ = reader_.get(Table::batch, key).value_or(Bytes());
        batch_key_ = key;
        for (std::size_t k = 0; k < row->items.size(); ++k) {
            const EntryRow::Item& item = row->items[k];
            if (item.offset > batch_.size() || item.length > batch_.size() - item.offset) {
                return damaged(name + " names an event that is not in its batch");
            }
            const EntryHead head{.kind = static_cast<std::uint8_t>(item.kind),
                                 .verdict = item.verdict,
                                 .flags = item.flags,
                                 .height = row->height,
                                 .commit_time_us = row->time_us,
                                 .tx_id = row->tx_id,
                                 .position = item.position,
                                 .length = item.length,
                                 .granted_until = item.granted_until};
            const Hash hash =
                leaf_hash(encode(head), BytesView(batch_).subspan(item.offset, item.length));
            if (!take(first + k, hash, "the entry at leaf " + std::to_string(first + k))) {
                return false;
            }
        }
        const auto outcome = reader_.get(Table::transaction, row->tx_id.view());
        const auto decided = outcome ? decode_tx_outcome(*outcome) : Errc::not_found;
        if (!decided || decided->status != TxStatus::committed) {
            return damaged(name + " is of a transaction without an outcome");
        }
        return true;
    }

    void check_note() {
        reader_.scan(Table::checkpoint, {}, {}, Direction::ascending,
                     [&](BytesView, BytesView value) {
                         const auto note = parse_note(as_text(value));
                         const auto checkpoint =
                             note ? parse_checkpoint(note->text) : Result<Checkpoint>(note.error());
                         if (!checkpoint) return damaged("the cosigned checkpoint cannot be read");
                         if (checkpoint->tree_size > tip_.tree_size) return true;
                         const auto root = root_at(reader_, checkpoint->tree_size);
                         if (root && *root == checkpoint->root) return true;
                         return damaged("the cosigned checkpoint has another root at size " +
                                        std::to_string(checkpoint->tree_size));
                     });
    }

    const Reader& reader_;
    const Tip& tip_;
    const std::uint64_t from_;
    std::vector<bool> seen_;  // By leaf - from_.
    std::optional<std::string> damage_;
    Bytes tile_;
    std::uint64_t tile_number_ = 0;
    Bytes batch_key_, batch_;
};

}  // namespace

std::optional<std::string> find_damage(const Reader& reader, const Tip& tip) {
    if (tip.height == 0) return std::nullopt;
    return SelfCheck(reader, tip).run();
}

}  // namespace consentree::ledger
