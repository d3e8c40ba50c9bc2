#include "ledger/log_tree.h"

#include "common/assert.h"
#include "common/codec.h"

#include <bit>
#include <map>

namespace consentree::ledger {
namespace {

constexpr unsigned tile_height = 8;
constexpr std::uint8_t frontier_level = 0xff;  // No tile has it: levels end at 7.

Bytes join(const std::vector<Hash>& hashes) {
    Bytes bytes(hashes.size() * Hash::byte_count);
    std::uint8_t* at = bytes.data();
    for (const Hash& hash : hashes) {
        std::memcpy(at, hash.data(), Hash::byte_count);
        at += Hash::byte_count;
    }
    return bytes;
}

// The first count hashes of a row, or nothing if it holds fewer.
std::optional<std::vector<Hash>> split(BytesView row, std::size_t count) {
    if (row.size() < count * Hash::byte_count) return std::nullopt;
    std::vector<Hash> hashes(count);
    for (std::size_t i = 0; i < count; ++i) {
        std::memcpy(hashes[i].data(), row.data() + i * Hash::byte_count, Hash::byte_count);
    }
    return hashes;
}

// Root of a complete subtree from its 2^k nodes.
Hash fold_complete(std::vector<Hash> nodes) {
    while (nodes.size() > 1) {
        for (std::size_t i = 0; i < nodes.size() / 2; ++i) {
            nodes[i] = node_hash(nodes[2 * i], nodes[2 * i + 1]);
        }
        nodes.resize(nodes.size() / 2);
    }
    return nodes.front();
}

// Hashes of subtrees that are complete in the stored tree. Keeps the tiles it has read.
class TileReader {
public:
    explicit TileReader(const Reader& reader) : reader_(reader) {}

    // Root of the index-th subtree of 2^height leaves.
    Result<Hash> subtree(unsigned height, std::uint64_t index) {
        const unsigned in_tile = height % tile_height;
        const std::uint64_t first = index << in_tile;
        const std::size_t count = std::size_t{1} << in_tile;
        const std::size_t offset = first % tile_width;
        const Bytes& row =
            tile(static_cast<std::uint8_t>(height / tile_height), first / tile_width);
        if (row.size() < (offset + count) * Hash::byte_count) return Errc::not_found;
        auto nodes = split(BytesView(row).subspan(offset * Hash::byte_count), count);
        return fold_complete(std::move(*nodes));
    }

    // MTH(D[begin:end]) where begin is a multiple of every power of two up to end - begin.
    Result<Hash> range(std::uint64_t begin, std::uint64_t end) {
        std::vector<Hash> parts;
        while (begin < end) {
            const unsigned height = static_cast<unsigned>(std::bit_width(end - begin)) - 1;
            auto part = subtree(height, begin >> height);
            if (!part) return part.error();
            parts.push_back(*part);
            begin += std::uint64_t{1} << height;
        }
        return root_of_frontier(parts);
    }

private:
    const Bytes& tile(std::uint8_t level, std::uint64_t number) {
        const auto [found, is_new] = tiles_.try_emplace({level, number});
        if (is_new) {
            auto row = reader_.get(Table::tile, tile_key(level, number));
            if (row) found->second = std::move(*row);
        }
        return found->second;
    }

    const Reader& reader_;
    std::map<std::pair<std::uint8_t, std::uint64_t>, Bytes> tiles_;
};

std::uint64_t split_point(std::uint64_t count) {
    return std::bit_floor(count - 1);
}

std::optional<std::vector<Hash>> load_frontier(const Reader& reader, std::uint64_t size) {
    const auto row = reader.get(Table::tile, tile_key(frontier_level, 0));
    if (!row) return std::nullopt;
    consentree::Reader input(*row);
    const std::size_t count = static_cast<std::size_t>(std::popcount(size));
    if (input.u64() != size || input.left() != count * Hash::byte_count) return std::nullopt;
    return split(input.raw(input.left()), count);
}

// The frontier of the complete nodes in one tile of a level, largest subtree first.
void append_frontier(const std::vector<Hash>& hashes, std::vector<Hash>& frontier) {
    std::size_t begin = 0;
    while (begin < hashes.size()) {
        const std::size_t count = std::bit_floor(hashes.size() - begin);
        const auto first = hashes.begin() + static_cast<std::ptrdiff_t>(begin);
        frontier.push_back(
            fold_complete(std::vector<Hash>(first, first + static_cast<std::ptrdiff_t>(count))));
        begin += count;
    }
}

}  // namespace

// 256^level fits in 64 bits for levels 0 to 7, the only ones that a 64-bit size can fill.
std::uint64_t complete_hashes(std::size_t level, std::uint64_t tree_size) {
    const std::size_t shift = level * tile_height;
    return shift < 64 ? tree_size >> shift : 0;
}

LogTree LogTree::load(const ledger::Reader& reader, std::uint64_t size) {
    LogTree tree;
    tree.size_ = size;
    for (std::size_t level = 0; complete_hashes(level, size) > 0; ++level) {
        const std::uint64_t count = complete_hashes(level, size);
        Level loaded;
        loaded.number = count / tile_width;
        if (count % tile_width != 0) {
            const auto row =
                reader.get(Table::tile, tile_key(static_cast<std::uint8_t>(level), loaded.number));
            CT_ASSERT(row.has_value());
            auto hashes = split(*row, count % tile_width);
            CT_ASSERT(hashes.has_value());
            loaded.hashes = std::move(*hashes);
        }
        loaded.hashes.reserve(tile_width);
        tree.levels_.push_back(std::move(loaded));
    }
    auto frontier = load_frontier(reader, size);
    if (frontier) {
        tree.frontier_ = std::move(*frontier);
    } else {
        for (std::size_t level = tree.levels_.size(); level-- > 0;) {
            append_frontier(tree.levels_[level].hashes, tree.frontier_);
        }
    }
    return tree;
}

void LogTree::append(const Hash& leaf) {
    add_to_tile(0, leaf);
    // Each bit set at the low end of the size is a subtree that the new leaf completes into one
    // twice as large.
    Hash hash = leaf;
    for (unsigned height = 0; ((size_ >> height) & 1) == 1; ++height) {
        hash = node_hash(frontier_.back(), hash);
        frontier_.pop_back();
        if ((height + 1) % tile_height == 0) add_to_tile((height + 1) / tile_height, hash);
    }
    frontier_.push_back(hash);
    ++size_;
}

void LogTree::add_to_tile(std::size_t level, const Hash& hash) {
    if (levels_.size() <= level) levels_.resize(level + 1);
    Level& at = levels_[level];
    if (at.hashes.capacity() < tile_width) at.hashes.reserve(tile_width);
    at.hashes.push_back(hash);
    at.is_changed = true;
    if (at.hashes.size() < tile_width) return;
    full_.push_back(
        {Table::tile, tile_key(static_cast<std::uint8_t>(level), at.number), join(at.hashes)});
    at.hashes.clear();
    at.is_changed = false;
    ++at.number;
}

Hash LogTree::root() const {
    return root_of_frontier(frontier_);
}

void LogTree::collect_writes(WriteSet& writes) const {
    writes.insert(writes.end(), full_.begin(), full_.end());
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        const Level& at = levels_[level];
        if (!at.is_changed) continue;
        writes.push_back(
            {Table::tile, tile_key(static_cast<std::uint8_t>(level), at.number), join(at.hashes)});
    }
    Writer row;
    row.reserve(8 + frontier_.size() * Hash::byte_count);
    row.u64(size_);
    for (const Hash& hash : frontier_) row.fixed(hash);
    writes.push_back({Table::tile, tile_key(frontier_level, 0), row.take()});
}

Result<Hash> root_at(const ledger::Reader& reader, std::uint64_t tree_size) {
    return TileReader(reader).range(0, tree_size);
}

Result<std::vector<Hash>> inclusion_path(const ledger::Reader& reader,
                                         std::uint64_t index,
                                         std::uint64_t tree_size) {
    if (index >= tree_size) return Errc::malformed;
    TileReader tiles(reader);
    std::vector<Hash> path;
    std::uint64_t begin = 0;
    std::uint64_t end = tree_size;
    while (end - begin > 1) {
        const std::uint64_t middle = begin + split_point(end - begin);
        const bool is_left = index < middle;
        auto sibling = is_left ? tiles.range(middle, end) : tiles.range(begin, middle);
        if (!sibling) return sibling.error();
        path.push_back(*sibling);
        (is_left ? end : begin) = middle;
    }
    std::reverse(path.begin(), path.end());
    return path;
}

Result<std::vector<Hash>> consistency_proof(const ledger::Reader& reader,
                                            std::uint64_t size1,
                                            std::uint64_t size2) {
    if (size1 > size2) return Errc::malformed;
    std::vector<Hash> proof;
    if (size1 == 0) return proof;
    // SUBPROOF(m, D[begin:end], b) of RFC 6962 2.1.2, from the root down.
    TileReader tiles(reader);
    std::uint64_t begin = 0;
    std::uint64_t end = size2;
    while (end != size1) {
        const std::uint64_t middle = begin + split_point(end - begin);
        const bool is_left = size1 <= middle;
        auto sibling = is_left ? tiles.range(middle, end) : tiles.range(begin, middle);
        if (!sibling) return sibling.error();
        proof.push_back(*sibling);
        (is_left ? end : begin) = middle;
    }
    if (begin != 0) {  // b is false: the older tree's last subtree is not known to the verifier.
        auto last = tiles.range(begin, end);
        if (!last) return last.error();
        proof.push_back(*last);
    }
    std::reverse(proof.begin(), proof.end());
    return proof;
}

Bytes tile_key(std::uint8_t level, std::uint64_t number) {
    Writer key;
    key.u8(level);
    key.u64(number);
    return key.take();
}

std::string tile_path(std::uint64_t number) {
    std::string path;
    bool is_last = true;
    do {
        const std::string digits = std::to_string(1000 + number % 1000).substr(1);
        path = is_last ? digits : "x" + digits + "/" + path;
        is_last = false;
        number /= 1000;
    } while (number > 0);
    return path;
}

std::optional<std::uint64_t> parse_tile_path(std::string_view path) {
    if (path.size() > 34) return std::nullopt;  // Six groups of "xNNN/" and "NNN".
    std::uint64_t number = 0;
    for (const char c : path) {
        if (c == 'x' || c == '/') continue;
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (tile_path(number) != path) return std::nullopt;
    return number;
}

}  // namespace consentree::ledger
