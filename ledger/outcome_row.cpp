// The row of Table::transaction.
#include "common/codec.h"
#include "common/limits.h"
#include "ledger/execute.h"

namespace consentree::ledger {
namespace {

constexpr std::size_t text_bytes_max = 4096;
constexpr std::size_t institution_bytes_max = 64;

}  // namespace

Bytes encode(const TxOutcome& outcome) {
    Writer out;
    out.reserve(96 + outcome.leaves.size() * 8);
    out.u8(static_cast<std::uint8_t>(outcome.status));
    out.u64(outcome.height);
    out.u64(outcome.time_us);
    out.u16(outcome.lane);
    out.u64(outcome.seq);
    out.fixed(outcome.batch);
    out.u32(outcome.offset);
    out.u32(outcome.length);
    if (outcome.status == TxStatus::committed) {
        out.text(outcome.author);
        out.u32(static_cast<std::uint32_t>(outcome.leaves.size()));
        for (const std::uint64_t leaf : outcome.leaves) out.u64(leaf);
    } else {
        out.text(outcome.code);
        out.text(outcome.detail);
        out.text(outcome.pointer);
    }
    return out.take();
}

Result<TxOutcome> decode_tx_outcome(BytesView bytes) {
    consentree::Reader in(bytes);
    TxOutcome outcome;
    const std::uint8_t status = in.u8();
    if (status != 1 && status != 2) in.fail(Errc::malformed);
    outcome.status = status == 1 ? TxStatus::committed : TxStatus::rejected;
    outcome.height = in.u64();
    outcome.time_us = in.u64();
    outcome.lane = in.u16();
    outcome.seq = in.u64();
    outcome.batch = in.fixed<Hash>();
    outcome.offset = in.u32();
    outcome.length = in.u32();
    if (status == 1) {
        outcome.author = in.text(institution_bytes_max);
        outcome.leaves.resize(in.count(limits::transaction_events, 8));
        for (std::uint64_t& leaf : outcome.leaves) leaf = in.u64();
    } else {
        outcome.code = in.text(text_bytes_max);
        outcome.detail = in.text(text_bytes_max);
        outcome.pointer = in.text(text_bytes_max);
    }
    if (const auto end = in.finish(); !end) return end.error();
    return outcome;
}

}  // namespace consentree::ledger
