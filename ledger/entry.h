// The log entry: the leaf that is hashed into the log for every recorded event. A fixed head of 64
// bytes, then the event's bytes as they were signed. Kinds are plain bytes here.
#pragma once

#include "common/error.h"
#include "common/hash.h"
#include "common/types.h"

namespace consentree::ledger {

inline constexpr std::uint8_t entry_format = 0xe1;
// Reserved for the SEAL that ends a block; its layout differs, and decode_entry refuses it.
inline constexpr std::uint8_t seal_kind = 0x00;
inline constexpr std::size_t entry_head_bytes = 64;

// E1 | kind u8 | verdict u16 | flags u32 | height u64 | commit_time_us u64 | tx_id[32] |
// position u32 | length u32
struct EntryHead {
    std::uint8_t kind = 0;
    std::uint16_t verdict = 0;
    std::uint32_t flags = 0;
    Height height = 0;
    TimeUs commit_time_us = 0;
    Hash tx_id;
    std::uint32_t position = 0;  // Of the event in its transaction.
    std::uint32_t length = 0;    // Of the event's bytes.
    bool operator==(const EntryHead&) const = default;
};
using EntryHeadBytes = std::array<std::uint8_t, entry_head_bytes>;

EntryHeadBytes encode(const EntryHead& head);
// Exactly 64 bytes. Errc::unsupported for another format or a SEAL.
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
