// The log L: an RFC 6962 tree kept as C2SP tiles of 256 hashes in Table::tile. A partial tile's
// row is overwritten until it is full; full tiles never change.
#pragma once

#include "ledger/merkle.h"
#include "ledger/tables.h"

namespace consentree::ledger {

// Appends leaves in memory and says what to write. Made anew for each block: load() reads only
// the partial tiles on the right edge.
class LogTree {
public:
    static LogTree load(const Reader& reader, std::uint64_t size);
    void append(const Hash& leaf);
    std::uint64_t size() const;
    Hash root() const;
    // The tile rows that changed since load, partial ones included.
    void collect_writes(WriteSet& writes) const;

private:
    struct Level {
        std::uint64_t number = 0;  // Of the tile on the right edge.
        std::vector<Hash> hashes;  // In that tile, at most 256.
    };
    std::vector<Level> levels_;
    std::uint64_t size_ = 0;
    WriteSet full_;
};

// From stored tiles. tree_size must not be above the stored size.
Result<Hash> root_at(const Reader& reader, std::uint64_t tree_size);
Result<std::vector<Hash>> inclusion_path(const Reader& reader, std::uint64_t index,
                                         std::uint64_t tree_size);
Result<std::vector<Hash>> consistency_proof(const Reader& reader, std::uint64_t size1,
                                            std::uint64_t size2);
Bytes tile_key(std::uint8_t level, std::uint64_t number);

}  // namespace consentree::ledger
