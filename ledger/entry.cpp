#include "ledger/entry.h"

#include "common/assert.h"
#include "common/codec.h"
#include "common/limits.h"
#include "ledger/fixed_layout.h"

namespace consentree::ledger {

EntryHeadBytes encode(const EntryHead& head) {
    EntryHeadBytes bytes;
    std::uint8_t* at = bytes.data();
    at = put(at, entry_format);
    at = put(at, head.kind);
    at = put(at, head.verdict);
    at = put(at, head.flags);
    at = put(at, head.height);
    at = put(at, head.commit_time_us);
    std::memcpy(at, head.tx_id.data(), Hash::byte_count);
    at = put(at + Hash::byte_count, head.position);
    put(at, head.length);
    return bytes;
}

Result<EntryHead> decode_entry_head(BytesView bytes) {
    Reader input(bytes);
    const std::uint8_t format = input.u8();
    EntryHead head;
    head.kind = input.u8();
    head.verdict = input.u16();
    head.flags = input.u32();
    head.height = input.u64();
    head.commit_time_us = input.u64();
    head.tx_id = input.fixed<Hash>();
    head.position = input.u32();
    head.length = input.u32();
    if (const auto done = input.finish(); !done) return done.error();
    if (format != entry_format || head.kind == seal_kind) return Errc::unsupported;
    if (head.length > limits::event_bytes) return Errc::too_large;
    return head;
}

Bytes encode_entry(const EntryHead& head, BytesView event) {
    CT_ASSERT(head.length == event.size());
    const EntryHeadBytes front = encode(head);
    Bytes bytes(entry_head_bytes + event.size());
    std::memcpy(bytes.data(), front.data(), entry_head_bytes);
    std::copy(event.begin(), event.end(), bytes.begin() + entry_head_bytes);
    return bytes;
}

Result<Entry> decode_entry(BytesView bytes) {
    if (bytes.size() < entry_head_bytes) return Errc::truncated;
    const auto head = decode_entry_head(bytes.first(entry_head_bytes));
    if (!head) return head.error();
    const BytesView event = bytes.subspan(entry_head_bytes);
    if (event.size() < head->length) return Errc::truncated;
    if (event.size() > head->length) return Errc::trailing_bytes;
    return Entry{*head, event};
}

}  // namespace consentree::ledger
