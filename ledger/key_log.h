// The logs of the index: for each index key an RFC 6962 log of the records of its entries, in the
// order in which they were committed. Under each log stands its head, a value of the Merkle
// Patricia map. Rows: docs/formats.md, "Tables".
#pragma once

#include "ledger/map_fn.h"
#include "ledger/patricia_tree.h"
#include "ledger/range_proof.h"
#include "ledger/recent.h"
#include "ledger/tables.h"

#include <unordered_map>

namespace consentree::ledger {

// One record as stored. The rest of its 54 bytes stands with the entry: the leaf's hash in the
// log's tiles, its time in Table::entry.
struct KeyLogItem {
    std::uint64_t leaf = 0;
    EventKind kind = EventKind::consent_request;
    bool operator==(const KeyLogItem&) const = default;
};

// The row of Table::map: where a key's log stands.
struct KeyLogHead {
    std::uint64_t number = 0;    // Of the key, in the order of first appearance; from 1.
    MapValue value;              // Its root is not stored: the frontier gives it.
    std::vector<Hash> frontier;  // Roots of the maximal complete subtrees, the largest first.
    // The newest items, which have no row of their own yet: fewer than key_log_tail.
    std::vector<KeyLogItem> tail;
    bool operator==(const KeyLogHead&) const = default;
};
inline constexpr std::size_t key_log_tail = 16;
Bytes encode(const KeyLogHead& head);
Result<KeyLogHead> decode_key_log_head(BytesView bytes);
std::optional<KeyLogHead> find_key_log(const Reader& reader, const Hash& map_key);

// Visits a key's items from position `from` on (descending: from it downwards) until visit returns
// false: visit(position, item).
using VisitItem = std::function<bool(std::uint64_t position, const KeyLogItem& item)>;
void scan_key_log(const Reader& reader,
                  const KeyLogHead& head,
                  std::uint64_t from,
                  Direction direction,
                  const VisitItem& visit);
// How many of the log's items have a leaf below this one. Halves: few reads.
std::uint64_t items_before(const Reader& reader, const KeyLogHead& head, std::uint64_t leaf);

// The record_hash() of an item.
using RecordHash = std::function<Result<Hash>(const KeyLogItem&)>;
// The proof that items [begin, end) are exactly those of the log's first `count`, which may be
// fewer than it has. Errc::malformed if the numbers cannot be, Errc::not_found if rows are missing.
// Reads at most 255 records for each side.
Result<RangeProof> key_log_proof(const Reader& reader,
                                 const KeyLogHead& head,
                                 std::uint64_t count,
                                 std::uint64_t begin,
                                 std::uint64_t end);
Result<RangeProof> key_log_proof(const Reader& reader,
                                 const KeyLogHead& head,
                                 std::uint64_t count,
                                 std::uint64_t begin,
                                 std::uint64_t end,
                                 const RecordHash& record_hash_of);
// Rows of Table::key_log keep the roots of complete subtrees of 2^(8 level) records.
inline constexpr unsigned key_log_node_height = 8;
// Those of level >= 1 and number [first, first + count), as far as they are complete.
std::vector<Hash> stored_roots(const Reader& reader,
                               const KeyLogHead& head,
                               unsigned level,
                               std::uint64_t first,
                               std::size_t count);

// The map over all heads, rebuilt from one ordered scan.
PatriciaTree load_index_map(const Reader& reader);

// What one block adds to the logs. Private to execution; one thread.
class KeyLogChanges {
public:
    using Heads = Recent<Hash, KeyLogHead>;  // By map key.
    KeyLogChanges(const Reader& before, Heads& heads) : before_(before), heads_(heads) {}
    // record: its record_hash().
    void add(IndexKey kind, std::string_view label, const KeyLogItem& item, const Hash& record);
    void add(const Hash& consent_key, const KeyLogItem& item, const Hash& record);
    // Updates the map and writes the rows of all keys that were touched.
    void collect_writes(TimeUs time_us, PatriciaTree& map, WriteSet& writes);

private:
    struct Added {
        KeyLogItem item;
        Hash record;
    };
    struct Change {
        Hash map_key;
        std::vector<Added> items;
    };
    // Its place in changes_, and whether it is yet to be put there.
    std::pair<std::size_t, bool> find(IndexKey kind, std::string_view name);

    const Reader& before_;
    Heads& heads_;
    std::vector<Change> changes_;  // In the order of first appearance.
    std::unordered_map<std::string, std::size_t> by_name_;
    std::string name_;
};

}  // namespace consentree::ledger
