// The fixed layouts of the index by key: its keys, the record that an entry leaves under each key
// that it touches, and the value that the map holds for a key. All integers are big-endian; the
// preimages are told apart by their first bytes (docs/formats.md). Pure functions.
#pragma once

#include "common/error.h"
#include "common/hash.h"
#include "common/types.h"

namespace consentree::ledger {

enum class IndexKey : std::uint8_t {
    subject = 1,
    consent = 2,
    actor = 3,
    provider = 4,
    enrolment = 5,
    governance = 6,
};

// SHA-256("dsl/index-key/v1\n" || kind u8 || id[32]): nobody can choose keys that lie close to
// those of others.
Hash map_key(IndexKey kind, const Hash& id);

inline constexpr std::uint8_t index_record_format = 0xd2;
inline constexpr std::size_t index_record_bytes = 54;

// D2 | kind u8 | flags u32 | leaf u64 | commit_time_us u64 | leaf_hash[32]
struct IndexRecord {
    std::uint8_t kind = 0;    // Of the entry; never a SEAL's.
    std::uint32_t flags = 0;  // None is defined.
    std::uint64_t leaf = 0;   // The entry's index in the log.
    TimeUs commit_time_us = 0;
    Hash leaf_hash;  // Of the entry.
    bool operator==(const IndexRecord&) const = default;
};
using IndexRecordBytes = std::array<std::uint8_t, index_record_bytes>;

IndexRecordBytes encode(const IndexRecord& record);
// Exactly 54 bytes. Errc::unsupported for another format or the kind of a SEAL.
Result<IndexRecord> decode_index_record(BytesView bytes);
// The leaf of the key's own RFC 6962 tree: SHA-256(0x00 || record), one block.
Hash record_hash(const IndexRecord& record);

inline constexpr std::uint8_t map_value_prefix = 0xd3;
inline constexpr std::size_t map_value_bytes = 48;
inline constexpr std::uint64_t map_value_count_max = std::uint64_t{1} << 63;

// count u64 | last_commit_time_us u64 | root[32]
struct MapValue {
    std::uint64_t count = 0;  // Records under the key; a key without any is not in the map.
    TimeUs last_commit_time_us = 0;
    Hash root;  // Of the tree over them.
    bool operator==(const MapValue&) const = default;
};
using MapValueBytes = std::array<std::uint8_t, map_value_bytes>;

MapValueBytes encode(const MapValue& value);
// Exactly 48 bytes. Errc::malformed for a count of 0 or above 2^63.
Result<MapValue> decode_map_value(BytesView bytes);
// SHA-256(0xD3 || value), all that the map's leaf shows of it.
Hash map_value_hash(const MapValue& value);

}  // namespace consentree::ledger
