// Where the ledger keeps what it records: ordered tables of byte keys, read through Reader and
// changed by one WriteSet per block. storage/ implements Reader; the key layouts are in
// docs/formats.md ("Tables").
#pragma once

#include "common/bytes.h"

#include <functional>
#include <vector>

namespace consentree::ledger {

enum class Table : std::uint8_t {
    meta,         // "genesis", "tip": see tip.h.
    block,        // height u64 -> committed block (consensus encoding), its certificate.
    batch,        // lane u16, seq u64, digest[0..8) -> encoded batch: the only copy of event bytes.
    entry,        // first leaf index u64 -> the entries of one transaction, without event bytes.
    tile,         // level u8, number u64 -> up to 256 hashes of 32 bytes (C2SP tlog-tiles).
    transaction,  // tx_id -> outcome.
    state,        // Consents, sessions, uses, keys, institutions: see state.h.
    uses,         // consent key, number u64 -> when it was used: see state.h.
    checkpoint,   // tree size u64 -> cosigned checkpoint note.
    seal,         // leaf index u64 -> the SEAL at it.
    map,          // index key -> head of its log: see key_log.h.
    key_log,      // The records of each index key's log, and subtrees of it: see key_log.h.
};
inline constexpr std::size_t table_count = 12;

struct Write {
    Table table;
    Bytes key;
    std::optional<Bytes> value;  // Nothing: the row is deleted.
    bool operator==(const Write&) const = default;
};
using WriteSet = std::vector<Write>;

enum class Direction { ascending, descending };

// A consistent view of the tables. Safe to share between threads unless an implementation says
// otherwise. A row that cannot be read for a reason other than absence ends the process.
class Reader {
public:
    virtual ~Reader() = default;
    virtual std::optional<Bytes> get(Table table, BytesView key) const = 0;
    // Visits the rows with from <= key < until in the given order until visit returns false.
    // An empty until means "to the end of the table".
    using Visit = std::function<bool(BytesView key, BytesView value)>;
    virtual void scan(Table table,
                      BytesView from,
                      BytesView until,
                      Direction direction,
                      const Visit& visit) const = 0;
};

}  // namespace consentree::ledger
