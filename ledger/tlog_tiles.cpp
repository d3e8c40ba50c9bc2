#include "ledger/tlog_tiles.h"

#include "common/assert.h"
#include "common/codec.h"
#include "ledger/decimal.h"
#include "ledger/entry_source.h"

namespace consentree::ledger {
namespace {

bool holds(std::uint64_t hashes, const TileName& tile) {
    return tile.number <= hashes / tile_width && tile.width <= hashes - tile.number * tile_width;
}

}  // namespace

std::optional<TileName> parse_tile_name(std::string_view path) {
    TileName name;
    if (const std::size_t mark = path.find(".p/"); mark != std::string_view::npos) {
        const auto width = parse_decimal(path.substr(mark + 3));
        if (!width || *width < 1 || *width >= tile_width) return std::nullopt;
        name.width = *width;
        path = path.substr(0, mark);
    }
    const auto number = parse_tile_path(path);
    if (!number) return std::nullopt;
    name.number = *number;
    return name;
}

std::optional<Bytes> read_tile(const ledger::Reader& reader,
                               std::uint64_t level,
                               const TileName& tile,
                               std::uint64_t tree_size) {
    if (level > tile_level_max || !holds(complete_hashes(level, tree_size), tile)) {
        return std::nullopt;
    }
    auto row = reader.get(Table::tile, tile_key(static_cast<std::uint8_t>(level), tile.number));
    const std::size_t bytes = tile.width * Hash::byte_count;
    CT_ASSERT(row && row->size() >= bytes);
    row->resize(bytes);
    return row;
}

std::optional<Bytes> read_entry_bundle(const ledger::Reader& reader,
                                       const TileName& tile,
                                       std::uint64_t tree_size) {
    if (!holds(tree_size, tile)) return std::nullopt;
    EntrySource entries(reader);
    Writer bundle;
    const std::uint64_t first = tile.number * tile_width;
    for (std::uint64_t leaf = first; leaf < first + tile.width; ++leaf) {
        const auto bytes = entries.leaf_bytes(leaf);
        CT_ASSERT(bytes && bytes->size() <= UINT16_MAX);
        bundle.u16(static_cast<std::uint16_t>(bytes->size()));
        bundle.raw(*bytes);
    }
    return bundle.take();
}

}  // namespace consentree::ledger
