#include "ledger/seal.h"

#include "common/assert.h"
#include "common/codec.h"
#include "ledger/entry.h"

namespace consentree::ledger {

SealBytes encode(const Seal& seal) {
    Writer out;
    out.reserve(seal_bytes);
    out.u8(entry_format);
    out.u8(seal_kind);
    out.u16(0);
    out.u32(seal.epoch);
    out.u64(seal.height);
    out.u64(seal.block_time_us);
    out.u64(seal.first_index);
    out.u64(seal.index);
    out.u64(seal.key_count);
    out.fixed(seal.index_root);
    out.fixed(seal.previous_seal);
    out.fixed(seal.validator_set);
    out.fixed(seal.mapfn);
    CT_ASSERT(out.bytes().size() == seal_bytes);
    SealBytes bytes;
    std::copy(out.bytes().begin(), out.bytes().end(), bytes.begin());
    return bytes;
}

Result<Seal> decode_seal(BytesView bytes) {
    Reader input(bytes);
    const std::uint8_t format = input.u8();
    const std::uint8_t kind = input.u8();
    const std::uint16_t zero = input.u16();
    Seal seal;
    seal.epoch = input.u32();
    seal.height = input.u64();
    seal.block_time_us = input.u64();
    seal.first_index = input.u64();
    seal.index = input.u64();
    seal.key_count = input.u64();
    seal.index_root = input.fixed<Hash>();
    seal.previous_seal = input.fixed<Hash>();
    seal.validator_set = input.fixed<Hash>();
    seal.mapfn = input.fixed<Hash>();
    if (const auto done = input.finish(); !done) return done.error();
    if (format != entry_format || kind != seal_kind) return Errc::unsupported;
    if (zero != 0) return Errc::malformed;
    return seal;
}

}  // namespace consentree::ledger
