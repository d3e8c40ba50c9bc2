// The SEAL: the entry that ends every block, so that the log of a checkpoint of size N has its
// SEAL at index N - 1. It commits the index, the validators and the rules by which entries are
// indexed, and is hashed with leaf_hash() as any entry (docs/formats.md). Pure functions.
#pragma once

#include "common/error.h"
#include "common/hash.h"
#include "common/types.h"

namespace consentree::ledger {

inline constexpr std::size_t seal_bytes = 176;

// E1 | 00 | zero u16 | epoch u32 | height u64 | block_time_us u64 | first_index u64 | index u64 |
// key_count u64 | index_root[32] | previous_seal[32] | validator_set[32] | mapfn[32]
struct Seal {
    Epoch epoch = 1;
    Height height = 0;
    TimeUs block_time_us = 0;
    std::uint64_t first_index = 0;  // Of the block's first entry in the log.
    std::uint64_t index = 0;        // Its own.
    std::uint64_t key_count = 0;    // Keys in the map.
    Hash index_root;                // Of the map after the block's entries; no SEAL is indexed.
    Hash previous_seal;             // Leaf hash; zero if there is none.
    Hash validator_set;
    Hash mapfn;  // Names the rules that say which keys an entry touches.
    bool operator==(const Seal&) const = default;
};
using SealBytes = std::array<std::uint8_t, seal_bytes>;

SealBytes encode(const Seal& seal);
// Exactly 176 bytes. Errc::unsupported for another format or kind, Errc::malformed if the u16 is
// not zero. Whether the numbers fit the log is for the caller to say.
Result<Seal> decode_seal(BytesView bytes);

}  // namespace consentree::ledger
