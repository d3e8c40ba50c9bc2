// What c2sp.org/tlog-tiles lets anyone fetch of the log: tiles of hashes and bundles of entries,
// cut from the tables to what a tree of a given size holds complete. Pure reads, bounded by one
// tile.
#pragma once

#include "ledger/log_tree.h"

#include <optional>

namespace consentree::ledger {

inline constexpr std::uint64_t tile_level_max = 63;

struct TileName {
    std::uint64_t number = 0;
    std::size_t width = tile_width;  // Less: a partial tile.
};
// "x001/x234/067", or "x001/x234/067.p/5" for the first five; nothing in any other spelling.
std::optional<TileName> parse_tile_name(std::string_view path);

// The tile's hashes; nothing unless the tree has all of them.
std::optional<Bytes> read_tile(const Reader& reader,
                               std::uint64_t level,
                               const TileName& tile,
                               std::uint64_t tree_size);
// The entries of the level 0 tile of that name, each as u16 length and bytes, SEALs included;
// nothing unless the tree has all of them.
std::optional<Bytes> read_entry_bundle(const Reader& reader,
                                       const TileName& tile,
                                       std::uint64_t tree_size);

}  // namespace consentree::ledger
