// The log L: an RFC 6962 tree kept as C2SP tiles of 256 hashes in Table::tile. A partial tile's
// row is overwritten until it is full; full tiles never change. Beside them one row keeps the
// frontier, so that a block costs as many hashes as it has leaves, and no more.
#pragma once

#include "ledger/merkle.h"
#include "ledger/tables.h"

namespace consentree::ledger {

inline constexpr std::size_t tile_width = 256;
// Hashes of that level that are complete in a tree of that size.
std::uint64_t complete_hashes(std::size_t level, std::uint64_t tree_size);

// Appends leaves in memory and says what to write. Made anew for each block: load() reads only
// the partial tiles on the right edge. Not shared between threads.
class LogTree {
public:
    // size must be the size that the tables hold. Missing tiles end the process.
    static LogTree load(const Reader& reader, std::uint64_t size);
    void append(const Hash& leaf);
    std::uint64_t size() const { return size_; }
    Hash root() const;
    // The tile rows that changed since load, partial ones included, and the frontier's.
    void collect_writes(WriteSet& writes) const;

private:
    struct Level {
        std::uint64_t number = 0;  // Of the tile on the right edge.
        std::vector<Hash> hashes;  // In that tile, fewer than 256.
        bool is_changed = false;
    };
    void add_to_tile(std::size_t level, const Hash& hash);

    std::vector<Level> levels_;
    // Roots of the maximal complete subtrees of the tree, from left to right: one for each bit
    // of size_ that is set, the largest first.
    std::vector<Hash> frontier_;
    std::uint64_t size_ = 0;
    WriteSet full_;
};

// From stored tiles. Errc::malformed if the sizes or the index cannot be, Errc::not_found if the
// tiles do not reach that far.
Result<Hash> root_at(const Reader& reader, std::uint64_t tree_size);
Result<std::vector<Hash>> inclusion_path(const Reader& reader,
                                         std::uint64_t index,
                                         std::uint64_t tree_size);
// PROOF(m, D[n]) of RFC 6962 2.1.2; empty if size1 is 0 or equals size2.
Result<std::vector<Hash>> consistency_proof(const Reader& reader,
                                            std::uint64_t size1,
                                            std::uint64_t size2);

// level u8 | number u64. Tile number n at level l holds the roots of the 256 subtrees of 256^l
// leaves from leaf n * 256^(l+1) on.
Bytes tile_key(std::uint8_t level, std::uint64_t number);
// C2SP tlog-tiles path of a tile number: 1234067 is "x001/x234/067".
std::string tile_path(std::uint64_t number);
// The number that such a path names; nothing unless it is spelled as tile_path spells it.
std::optional<std::uint64_t> parse_tile_path(std::string_view path);

}  // namespace consentree::ledger
