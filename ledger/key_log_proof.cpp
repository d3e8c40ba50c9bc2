// Proofs from the stored logs of the index.
#include "ledger/entry_source.h"
#include "ledger/key_log.h"
#include "ledger/log_tree.h"
#include "ledger/merkle.h"

namespace consentree::ledger {
namespace {

// Puts records together from the log's tiles and entries. Neighbours share the tile and the row.
class StoredRecords {
public:
    explicit StoredRecords(const Reader& reader) : reader_(reader) {}

    Result<Hash> hash_of(const KeyLogItem& item) {
        const std::uint64_t number = item.leaf / tile_width;
        if (number != tile_number_) {
            auto tile = reader_.get(Table::tile, tile_key(0, number));
            if (!tile) return Errc::not_found;
            tile_ = std::move(*tile);
            tile_number_ = number;
        }
        const std::size_t offset = item.leaf % tile_width * Hash::byte_count;
        if (tile_.size() < offset + Hash::byte_count) return Errc::not_found;
        const bool is_in_row = row_ && item.leaf >= row_->first_leaf &&
                               item.leaf - row_->first_leaf < row_->row.items.size();
        if (!is_in_row) row_ = find_entry_row(reader_, item.leaf);
        if (!row_) return Errc::not_found;
        const auto leaf = Hash::from(BytesView(tile_).subspan(offset, Hash::byte_count));
        return record_hash(
            {static_cast<std::uint8_t>(item.kind), 0, item.leaf, row_->row.time_us, *leaf});
    }

private:
    static constexpr std::uint64_t tile_width = 256;

    const Reader& reader_;
    std::uint64_t tile_number_ = UINT64_MAX;
    Bytes tile_;
    std::optional<EntryRowAt> row_;
};

// Roots of subtrees of a stored log.
class SubtreeReader {
public:
    SubtreeReader(const Reader& reader, const KeyLogHead& head, const RecordHash& record_hash_of)
        : reader_(reader), head_(head), record_hash_of_(record_hash_of) {}

    Result<Hash> root(const Subtree& subtree) const {
        const unsigned level = subtree.height / key_log_node_height;
        const unsigned above = subtree.height % key_log_node_height;
        const std::uint64_t first = subtree.index << above;
        const std::size_t count = std::size_t{1} << above;
        const std::vector<Hash> nodes =
            level == 0 ? records(first, count) : stored_roots(reader_, head_, level, first, count);
        if (nodes.size() != count) return Errc::not_found;
        return root_of(nodes);
    }

private:
    std::vector<Hash> records(std::uint64_t first, std::size_t count) const {
        std::vector<Hash> hashes;
        scan_key_log(reader_, head_, first, Direction::ascending,
                     [&](std::uint64_t position, const KeyLogItem& item) {
                         if (position != first + hashes.size()) return false;
                         const auto hash = record_hash_of_(item);
                         if (!hash) return false;
                         hashes.push_back(*hash);
                         return hashes.size() < count;
                     });
        return hashes;
    }

    const Reader& reader_;
    const KeyLogHead& head_;
    const RecordHash& record_hash_of_;
};

}  // namespace

Result<RangeProof> key_log_proof(const Reader& reader,
                                 const KeyLogHead& head,
                                 std::uint64_t count,
                                 std::uint64_t begin,
                                 std::uint64_t end,
                                 const RecordHash& record_hash_of) {
    if (begin > end || end > count || count > head.value.count) return Errc::malformed;
    const SubtreeReader subtrees(reader, head, record_hash_of);
    RangeProof proof;
    proof.begin = begin;
    proof.end = end;
    const auto read = [&](const std::vector<Subtree>& wanted, std::vector<Hash>& roots) {
        for (const Subtree& subtree : wanted) {
            auto root = subtrees.root(subtree);
            if (!root) return false;
            roots.push_back(*root);
        }
        return true;
    };
    if (!read(subtrees_before(begin), proof.left) ||
        !read(subtrees_after(end, count), proof.right)) {
        return Errc::not_found;
    }
    return proof;
}

Result<RangeProof> key_log_proof(const Reader& reader,
                                 const KeyLogHead& head,
                                 std::uint64_t count,
                                 std::uint64_t begin,
                                 std::uint64_t end) {
    StoredRecords records(reader);
    return key_log_proof(reader, head, count, begin, end,
                         [&](const KeyLogItem& item) { return records.hash_of(item); });
}

}  // namespace consentree::ledger
