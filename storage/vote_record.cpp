#include "storage/vote_record.h"

#include "common/assert.h"
#include "common/codec.h"

#include <sodium.h>

namespace consentree::storage {
namespace {

constexpr std::string_view magic = "dsl/vote-guard/1";
constexpr std::size_t mac_bytes = 32;
constexpr std::size_t vote_bytes = 1 + 8 + 32 + 64;
constexpr std::size_t fixed_part_bytes = magic.size() + 32 + 32 + 8 + 8 + 32 + 8 + 1 + 3 * 8 + 4;
static_assert(4 + fixed_part_bytes + guard_votes_max * vote_bytes + mac_bytes <= guard_slot_bytes);

std::array<std::uint8_t, mac_bytes> mac(BytesView bytes, const GuardMacKey& key) {
    std::array<std::uint8_t, mac_bytes> out;
    crypto_generichash(out.data(), out.size(), bytes.data(), bytes.size(), key.data(), key.size());
    return out;
}

}  // namespace

GuardMacKey guard_mac_key(const SecretKey& vote_key) {
    // The signature of a key that signs nothing else: known to the holder of the vote key alone.
    const Signature secret = vote_key.derive(1).sign(as_bytes(magic));
    GuardMacKey key;
    crypto_generichash(key.data(), key.size(), secret.data(), Signature::byte_count, nullptr, 0);
    return key;
}

Bytes encode(const GuardRecord& record) {
    CT_ASSERT(record.votes.size() <= guard_votes_max);
    Writer out;
    out.reserve(fixed_part_bytes + record.votes.size() * vote_bytes);
    out.raw(as_bytes(magic));
    out.fixed(record.network);
    out.fixed(record.key);
    out.u64(record.place.filesystem);
    out.u64(record.place.inode);
    out.fixed(record.place.host);
    out.u64(record.counter);
    out.boolean(record.is_amnesiac);
    out.u64(record.floor);
    out.u64(record.reached);
    out.u64(record.committed);
    out.u32(static_cast<std::uint32_t>(record.votes.size()));
    for (const SignedVote& signed_vote : record.votes) {
        out.u8(signed_vote.vote.kind);
        out.u64(signed_vote.vote.view);
        out.fixed(signed_vote.vote.block);
        out.fixed(signed_vote.signature);
    }
    return out.take();
}

Result<GuardRecord> decode_guard_record(BytesView bytes) {
    Reader in(bytes);
    GuardRecord record;
    if (!equal(in.raw(magic.size()), as_bytes(magic))) in.fail(Errc::malformed);
    record.network = in.fixed<Hash>();
    record.key = in.fixed<PublicKey>();
    record.place.filesystem = in.u64();
    record.place.inode = in.u64();
    record.place.host = in.fixed<Hash>();
    record.counter = in.u64();
    record.is_amnesiac = in.boolean();
    record.floor = in.u64();
    record.reached = in.u64();
    record.committed = in.u64();
    record.votes.resize(in.count(guard_votes_max, vote_bytes));
    for (SignedVote& signed_vote : record.votes) {
        signed_vote.vote.kind = in.u8();
        signed_vote.vote.view = in.u64();
        signed_vote.vote.block = in.fixed<Hash>();
        signed_vote.signature = in.fixed<Signature>();
        if (signed_vote.vote.kind < 1 || signed_vote.vote.kind > 3) in.fail(Errc::malformed);
        if (signed_vote.vote.view <= record.floor) in.fail(Errc::malformed);
    }
    if (auto done = in.finish(); !done) return done.error();
    return record;
}

Bytes seal_slot(const GuardRecord& record, const GuardMacKey& key) {
    Writer out;
    out.blob(encode(record));
    out.raw(mac(out.bytes(), key));
    return out.take();
}

std::optional<GuardRecord> open_slot(BytesView slot, const GuardMacKey& key) {
    Reader in(slot);
    const BytesView record = in.blob(guard_slot_bytes);
    const BytesView stored = in.raw(mac_bytes);
    if (in.failed()) return std::nullopt;
    const auto computed = mac(slot.first(4 + record.size()), key);
    if (sodium_memcmp(computed.data(), stored.data(), mac_bytes) != 0) return std::nullopt;
    auto decoded = decode_guard_record(record);
    if (!decoded) return std::nullopt;
    return std::move(*decoded);
}

bool belongs_to_other_key(BytesView slot, const PublicKey& key) {
    Reader in(slot);
    const auto record = decode_guard_record(in.blob(guard_slot_bytes));
    return record && record->key != key;
}

}  // namespace consentree::storage
