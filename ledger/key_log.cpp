#include "ledger/key_log.h"

#include "common/assert.h"
#include "common/codec.h"
#include "ledger/merkle.h"

#include <bit>

namespace consentree::ledger {
namespace {

constexpr std::size_t item_bytes = 8 + 1;

// First byte of a key of Table::key_log.
enum class RowKind : std::uint8_t {
    items = 0,  // number u64, position u64 of the first -> items
    node = 1,   // number u64, level u8, index u64 -> root of 256^level records
};

Bytes items_key(std::uint64_t number, std::uint64_t position) {
    Writer out;
    out.u8(static_cast<std::uint8_t>(RowKind::items));
    out.u64(number);
    out.u64(position);
    return out.take();
}

Bytes node_key(std::uint64_t number, unsigned level, std::uint64_t index) {
    Writer out;
    out.u8(static_cast<std::uint8_t>(RowKind::node));
    out.u64(number);
    out.u8(static_cast<std::uint8_t>(level));
    out.u64(index);
    return out.take();
}

void encode_to(Writer& out, const std::vector<KeyLogItem>& items) {
    for (const KeyLogItem& item : items) {
        out.u64(item.leaf);
        out.u8(static_cast<std::uint8_t>(item.kind));
    }
}

KeyLogItem decode_item(consentree::Reader& in) {
    KeyLogItem item;
    item.leaf = in.u64();
    item.kind = static_cast<EventKind>(in.u8());
    return item;
}

// Items with the position of their first.
struct Items {
    std::uint64_t first = 0;
    std::vector<KeyLogItem> items;
};

Items read_row(BytesView key, BytesView value) {
    CT_ASSERT(!value.empty() && value.size() % item_bytes == 0);  // Written by this program.
    consentree::Reader position(key.subspan(1 + 8));
    Items row{position.u64(), {}};
    consentree::Reader in(value);
    row.items.reserve(value.size() / item_bytes);
    while (in.left() > 0) row.items.push_back(decode_item(in));
    return row;
}

std::uint64_t tail_start(const KeyLogHead& head) {
    return head.value.count - head.tail.size();
}

// The row, or the tail, that holds a position; nothing beyond the end.
std::optional<Items> items_at(const Reader& reader,
                              const KeyLogHead& head,
                              std::uint64_t position) {
    if (position >= head.value.count) return std::nullopt;
    if (position >= tail_start(head)) return Items{tail_start(head), head.tail};
    std::optional<Items> found;
    reader.scan(Table::key_log, items_key(head.number, 0), items_key(head.number, position + 1),
                Direction::descending, [&](BytesView key, BytesView value) {
                    found = read_row(key, value);
                    return false;
                });
    if (found && position - found->first >= found->items.size()) return std::nullopt;
    return found;
}

// Appends to a log's frontier; says which subtrees of 256^level records became complete.
void append(KeyLogHead& head, const Hash& record, WriteSet& writes) {
    Hash hash = record;
    const std::uint64_t count = head.value.count + 1;
    unsigned height = 0;
    while (((head.value.count >> height) & 1) != 0) {
        hash = node_hash(head.frontier.back(), hash);
        head.frontier.pop_back();
        ++height;
        if (height % key_log_node_height == 0) {
            writes.push_back(
                {Table::key_log,
                 node_key(head.number, height / key_log_node_height, (count >> height) - 1),
                 to_bytes(hash.view())});
        }
    }
    head.frontier.push_back(hash);
    head.value.count = count;
}

}  // namespace

Bytes encode(const KeyLogHead& head) {
    Writer out;
    out.reserve(24 + head.frontier.size() * Hash::byte_count + head.tail.size() * item_bytes);
    out.u64(head.number);
    out.u64(head.value.count);
    out.u64(head.value.last_commit_time_us);
    for (const Hash& hash : head.frontier) out.fixed(hash);
    encode_to(out, head.tail);
    return out.take();
}

Result<KeyLogHead> decode_key_log_head(BytesView bytes) {
    consentree::Reader in(bytes);
    KeyLogHead head;
    head.number = in.u64();
    head.value.count = in.u64();
    head.value.last_commit_time_us = in.u64();
    head.frontier.resize(static_cast<std::size_t>(std::popcount(head.value.count)));
    for (Hash& hash : head.frontier) hash = in.fixed<Hash>();
    head.tail.reserve(key_log_tail);
    while (in.left() > 0 && head.tail.size() < key_log_tail - 1) {
        head.tail.push_back(decode_item(in));
    }
    if (head.tail.size() > head.value.count) in.fail(Errc::malformed);
    if (const auto end = in.finish(); !end) return end.error();
    head.value.root = root_of_frontier(head.frontier);
    return head;
}

std::optional<KeyLogHead> find_key_log(const Reader& reader, const Hash& map_key) {
    const auto row = reader.get(Table::map, map_key.view());
    if (!row) return std::nullopt;
    auto head = decode_key_log_head(*row);
    CT_ASSERT(head.has_value());
    return std::move(*head);
}

void scan_key_log(const Reader& reader,
                  const KeyLogHead& head,
                  std::uint64_t from,
                  Direction direction,
                  const VisitItem& visit) {
    const bool is_ascending = direction == Direction::ascending;
    // False when visit has seen enough.
    const auto visit_all = [&](const Items& part) {
        for (std::size_t k = 0; k < part.items.size(); ++k) {
            const std::size_t at = is_ascending ? k : part.items.size() - 1 - k;
            const std::uint64_t position = part.first + at;
            if (is_ascending ? position < from : position > from) continue;
            if (!visit(position, part.items[at])) return false;
        }
        return true;
    };
    const Items tail{tail_start(head), head.tail};
    if (!is_ascending && !visit_all(tail)) return;
    // Above the tail's start no row of it may be read: it may be a later one's.
    const auto start = items_at(reader, head, std::min(from, tail.first - 1));
    bool goes_on = true;
    if (tail.first > 0 && start) {
        const Bytes lower = items_key(head.number, is_ascending ? start->first : 0);
        const Bytes upper = items_key(head.number, is_ascending ? tail.first : start->first + 1);
        reader.scan(Table::key_log, lower, upper, direction, [&](BytesView key, BytesView value) {
            goes_on = visit_all(read_row(key, value));
            return goes_on;
        });
    }
    if (is_ascending && goes_on) visit_all(tail);
}

std::uint64_t items_before(const Reader& reader, const KeyLogHead& head, std::uint64_t leaf) {
    std::uint64_t low = 0, high = head.value.count;
    while (low < high) {
        const auto part = items_at(reader, head, low + (high - low) / 2);
        CT_ASSERT(part.has_value());
        if (part->items.front().leaf >= leaf) {
            high = part->first;
        } else if (part->items.back().leaf < leaf) {
            low = part->first + part->items.size();
        } else {
            const auto at = std::ranges::lower_bound(part->items, leaf, {}, &KeyLogItem::leaf);
            return part->first + static_cast<std::uint64_t>(at - part->items.begin());
        }
    }
    return low;
}

std::vector<Hash> stored_roots(const Reader& reader,
                               const KeyLogHead& head,
                               unsigned level,
                               std::uint64_t first,
                               std::size_t count) {
    std::vector<Hash> hashes;
    reader.scan(Table::key_log, node_key(head.number, level, first),
                node_key(head.number, level, first + count), Direction::ascending,
                [&](BytesView, BytesView value) {
                    const auto hash = Hash::from(value);
                    CT_ASSERT(hash.has_value());
                    hashes.push_back(*hash);
                    return true;
                });
    return hashes;
}

PatriciaTree load_index_map(const Reader& reader) {
    PatriciaTree::Builder builder;
    reader.scan(Table::map, {}, {}, Direction::ascending, [&](BytesView key, BytesView value) {
        const auto map_key = Hash::from(key);
        const auto head = decode_key_log_head(value);
        CT_ASSERT(map_key.has_value() && head.has_value());
        builder.add(*map_key, map_value_hash(head->value));
        return true;
    });
    return builder.finish();
}

void KeyLogChanges::add(IndexKey kind,
                        std::string_view label,
                        const KeyLogItem& item,
                        const Hash& record) {
    const auto [at, is_new] = find(kind, label);
    if (is_new) changes_.push_back({map_key(kind, label_id(label)), {}});
    changes_[at].items.push_back({item, record});
}

void KeyLogChanges::add(const Hash& consent_key, const KeyLogItem& item, const Hash& record) {
    const auto [at, is_new] = find(IndexKey::consent, as_text(consent_key.view()));
    if (is_new) changes_.push_back({map_key(IndexKey::consent, consent_key), {}});
    changes_[at].items.push_back({item, record});
}

std::pair<std::size_t, bool> KeyLogChanges::find(IndexKey kind, std::string_view name) {
    name_.assign(1, static_cast<char>(kind));
    name_ += name;
    const auto [at, is_new] = by_name_.try_emplace(name_, changes_.size());
    return {at->second, is_new};
}

void KeyLogChanges::collect_writes(TimeUs time_us, PatriciaTree& map, WriteSet& writes) {
    std::vector<PatriciaEntry> entries;
    entries.reserve(changes_.size());
    std::uint64_t keys = map.size();
    for (const Change& change : changes_) {
        auto head = heads_.take(change.map_key);
        if (!head) head = find_key_log(before_, change.map_key);
        if (!head) head = KeyLogHead{++keys, {}, {}, {}};
        const std::uint64_t first = tail_start(*head);
        for (const Added& added : change.items) {
            append(*head, added.record, writes);
            head->tail.push_back(added.item);
        }
        if (head->tail.size() >= key_log_tail) {
            Writer row;
            row.reserve(head->tail.size() * item_bytes);
            encode_to(row, head->tail);
            writes.push_back({Table::key_log, items_key(head->number, first), row.take()});
            head->tail.clear();
        }
        head->value.last_commit_time_us = time_us;
        head->value.root = root_of_frontier(head->frontier);
        writes.push_back({Table::map, to_bytes(change.map_key.view()), encode(*head)});
        entries.push_back({change.map_key, map_value_hash(head->value)});
        heads_.put(change.map_key, std::move(*head));
    }
    std::ranges::sort(entries, {}, &PatriciaEntry::key);
    map.update(entries);
}

}  // namespace consentree::ledger
