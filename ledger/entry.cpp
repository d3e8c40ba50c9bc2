#include "ledger/entry.h"

#include "common/assert.h"
#include "common/codec.h"
#include "common/limits.h"
#include "ledger/fixed_layout.h"
#include "ledger/verdict.h"

namespace consentree::ledger {

EntryHeadBytes encode(const EntryHead& head) {
    EntryHeadBytes bytes;
    const bool is_short = head.granted_until.has_value();
    std::uint8_t* at = bytes.bytes.data();
    at = put(at, is_short ? trimmed_entry_format : entry_format);
    at = put(at, head.kind);
    at = put(at, head.verdict);
    at = put(at, head.flags);
    at = put(at, head.height);
    at = put(at, head.commit_time_us);
    std::memcpy(at, head.tx_id.data(), Hash::byte_count);
    at = put(at + Hash::byte_count, head.position);
    at = put(at, head.length);
    if (!is_short) return bytes;
    put(at, static_cast<std::uint64_t>(*head.granted_until));
    bytes.size = trimmed_entry_head_bytes;
    return bytes;
}

Result<EntryHead> decode_entry_head(BytesView bytes) {
    consentree::Reader input(bytes);
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
    if (format == trimmed_entry_format) head.granted_until = static_cast<TimeMs>(input.u64());
    if (const auto done = input.finish(); !done) return done.error();
    const bool is_known = format == entry_format || format == trimmed_entry_format;
    if (!is_known || head.kind == seal_kind) return Errc::unsupported;
    if (head.length > limits::event_bytes) return Errc::too_large;
    if (is_trimmed(head.flags) != head.granted_until.has_value()) return Errc::malformed;
    return head;
}

Bytes encode_entry(const EntryHead& head, BytesView event) {
    CT_ASSERT(head.length == event.size());
    const EntryHeadBytes front = encode(head);
    Bytes bytes = to_bytes(front);
    bytes.insert(bytes.end(), event.begin(), event.end());
    return bytes;
}

Result<Entry> decode_entry(BytesView bytes) {
    const bool is_short = !bytes.empty() && bytes.front() == trimmed_entry_format;
    const std::size_t size = is_short ? trimmed_entry_head_bytes : entry_head_bytes;
    if (bytes.size() < size) return Errc::truncated;
    const auto head = decode_entry_head(bytes.first(size));
    if (!head) return head.error();
    const BytesView event = bytes.subspan(size);
    if (event.size() < head->length) return Errc::truncated;
    if (event.size() > head->length) return Errc::trailing_bytes;
    return Entry{*head, event};
}

}  // namespace consentree::ledger
