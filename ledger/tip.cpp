#include "ledger/tip.h"

#include "common/assert.h"
#include "common/codec.h"
#include "common/limits.h"
#include "ledger/merkle.h"
#include "ledger/state_keys.h"

namespace consentree::ledger {

Bytes encode(const Tip& tip) {
    Writer out;
    out.u64(tip.height);
    out.u64(tip.view);
    out.fixed(tip.block_id);
    out.u64(tip.time_us);
    out.u64(tip.tree_size);
    out.fixed(tip.root);
    out.fixed(tip.seal);
    out.u32(static_cast<std::uint32_t>(tip.lanes.size()));
    for (const LaneCursor& lane : tip.lanes) {
        out.u64(lane.next_seq);
        out.fixed(lane.last_digest);
    }
    return out.take();
}

Result<Tip> decode_tip(BytesView bytes) {
    consentree::Reader in(bytes);
    Tip tip;
    tip.height = in.u64();
    tip.view = in.u64();
    tip.block_id = in.fixed<Hash>();
    tip.time_us = in.u64();
    tip.tree_size = in.u64();
    tip.root = in.fixed<Hash>();
    tip.seal = in.fixed<Hash>();
    const std::uint32_t count = in.count(limits::validators_max, 8 + 32);
    for (std::uint32_t k = 0; k < count; ++k) {
        LaneCursor& lane = tip.lanes.emplace_back();
        lane.next_seq = in.u64();
        lane.last_digest = in.fixed<Hash>();
    }
    if (const auto end = in.finish(); !end) return end.error();
    return tip;
}

std::optional<Tip> load_tip(const Reader& reader) {
    const auto row = reader.get(Table::meta, as_bytes("tip"));
    if (!row) return std::nullopt;
    auto tip = decode_tip(*row);
    CT_ASSERT(tip.has_value());
    return std::move(*tip);
}

WriteSet genesis_writes(const Genesis& genesis, std::string_view genesis_json) {
    Tip tip;
    tip.block_id = genesis.network;
    tip.time_us = genesis.time_us;
    tip.root = empty_root();
    tip.lanes.resize(genesis.validators.size());
    WriteSet writes;
    writes.push_back(
        {Table::meta, to_bytes(as_bytes("genesis")), to_bytes(as_bytes(genesis_json))});
    writes.push_back({Table::meta, to_bytes(as_bytes("tip")), encode(tip)});
    for (const InstitutionEntry& entry : genesis.institutions) {
        writes.push_back(
            {Table::state, institution_key(entry.id),
             encode(InstitutionState{.id = entry.id, .name = entry.name, .since = 0})});
    }
    for (const KeyEntry& entry : genesis.keys) {
        writes.push_back(
            {Table::state, key_key(entry.key),
             encode(KeyState{.institution = entry.institution, .roles = entry.roles, .since = 0})});
    }
    return writes;
}

}  // namespace consentree::ledger
