// The log entry: the leaf that is hashed into the log for every recorded event. A fixed head of 64
// bytes, 72 if it grants less than was asked, then the event's bytes as they were signed. Kinds are
// plain bytes here.
#pragma once

#include "common/error.h"
#include "common/hash.h"
#include "common/types.h"

namespace consentree::ledger {

inline constexpr std::uint8_t entry_format = 0xe1;
inline constexpr std::uint8_t trimmed_entry_format = 0xe2;
// Reserved for the SEAL that ends a block; its layout differs, and decode_entry refuses it.
inline constexpr std::uint8_t seal_kind = 0x00;
inline constexpr std::size_t entry_head_bytes = 64;
inline constexpr std::size_t trimmed_entry_head_bytes = 72;

// E1 | kind u8 | verdict u16 | flags u32 | height u64 | commit_time_us u64 | tx_id[32] |
// position u32 | length u32, and of a request that was trimmed E2 | ... | granted_until_ms u64
struct EntryHead {
    std::uint8_t kind = 0;
    std::uint16_t verdict = 0;
    std::uint32_t flags = 0;
    Height height = 0;
    TimeUs commit_time_us = 0;
    Hash tx_id;
    std::uint32_t position = 0;  // Of the event in its transaction.
    std::uint32_t length = 0;    // Of the event's bytes.
    // The end of the range of data that the request was let in for: where flags say TRIMMED.
    std::optional<TimeMs> granted_until = {};
    bool operator==(const EntryHead&) const = default;
};
struct EntryHeadBytes {
    std::array<std::uint8_t, trimmed_entry_head_bytes> bytes;
    std::size_t size = entry_head_bytes;
    operator BytesView() const { return BytesView(bytes).first(size); }
};

EntryHeadBytes encode(const EntryHead& head);
// Nothing but a head. Errc::unsupported for another format or a SEAL.
Result<EntryHead> decode_entry_head(BytesView bytes);

struct Entry {
    EntryHead head;
    BytesView event;  // A part of what was decoded.
};
// The whole entry. head.length must be the event's.
Bytes encode_entry(const EntryHead& head, BytesView event);
// Refuses a length that is not the rest of the bytes.
Result<Entry> decode_entry(BytesView bytes);

}  // namespace consentree::ledger
