#include "ledger/index_record.h"

#include "common/codec.h"
#include "ledger/entry.h"
#include "ledger/fixed_layout.h"
#include "ledger/merkle.h"

namespace consentree::ledger {
namespace {

constexpr std::string_view key_tag = "dsl/index-key/v1\n";

}  // namespace

Hash map_key(IndexKey kind, const Hash& id) {
    const std::array<std::uint8_t, 1> kind_byte{static_cast<std::uint8_t>(kind)};
    return sha256({as_bytes(key_tag), kind_byte, id.view()});
}

IndexRecordBytes encode(const IndexRecord& record) {
    IndexRecordBytes bytes;
    std::uint8_t* at = bytes.data();
    at = put(at, index_record_format);
    at = put(at, record.kind);
    at = put(at, record.flags);
    at = put(at, record.leaf);
    at = put(at, record.commit_time_us);
    std::memcpy(at, record.leaf_hash.data(), Hash::byte_count);
    return bytes;
}

Result<IndexRecord> decode_index_record(BytesView bytes) {
    Reader input(bytes);
    const std::uint8_t format = input.u8();
    IndexRecord record;
    record.kind = input.u8();
    record.flags = input.u32();
    record.leaf = input.u64();
    record.commit_time_us = input.u64();
    record.leaf_hash = input.fixed<Hash>();
    if (const auto done = input.finish(); !done) return done.error();
    if (format != index_record_format || record.kind == seal_kind) return Errc::unsupported;
    return record;
}

Hash record_hash(const IndexRecord& record) {
    return leaf_hash(encode(record));
}

MapValueBytes encode(const MapValue& value) {
    MapValueBytes bytes;
    std::uint8_t* at = bytes.data();
    at = put(at, value.count);
    at = put(at, value.last_commit_time_us);
    std::memcpy(at, value.root.data(), Hash::byte_count);
    return bytes;
}

Result<MapValue> decode_map_value(BytesView bytes) {
    Reader input(bytes);
    MapValue value;
    value.count = input.u64();
    value.last_commit_time_us = input.u64();
    value.root = input.fixed<Hash>();
    if (const auto done = input.finish(); !done) return done.error();
    if (value.count == 0 || value.count > map_value_count_max) return Errc::malformed;
    return value;
}

Hash map_value_hash(const MapValue& value) {
    const std::array<std::uint8_t, 1> prefix{map_value_prefix};
    return sha256({prefix, encode(value)});
}

}  // namespace consentree::ledger
