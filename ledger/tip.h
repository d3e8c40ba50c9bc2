// Where the ledger stands after a block: the "tip" row of Table::meta.
#pragma once

#include "ledger/genesis.h"
#include "ledger/tables.h"

namespace consentree::ledger {

// What a lane may order next.
struct LaneCursor {
    std::uint64_t next_seq = 1;
    Hash last_digest;  // Of the batch before next_seq; zero at the start.
    bool operator==(const LaneCursor&) const = default;
};

struct Tip {
    Height height = 0;
    View view = 0;
    Hash block_id;  // Of consensus; the network id at genesis.
    TimeUs time_us = 0;
    std::uint64_t tree_size = 0;
    Hash root;  // RFC 6962 root at tree_size.
    Hash seal;  // Leaf hash of the newest SEAL, the leaf before tree_size; zero at genesis.
    std::vector<LaneCursor> lanes;
    bool operator==(const Tip&) const = default;
};

Bytes encode(const Tip& tip);
Result<Tip> decode_tip(BytesView bytes);
// The stored tip, or nothing on an empty store.
std::optional<Tip> load_tip(const Reader& reader);
// The writes that make an empty store hold this network: genesis bytes, institutions, keys, tip.
WriteSet genesis_writes(const Genesis& genesis, std::string_view genesis_json);

}  // namespace consentree::ledger
