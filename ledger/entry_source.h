// Reads entries with their event bytes; remembers the rows read last, because neighbours lie in the
// same. Private to queries; one thread.
#pragma once

#include "ledger/queries.h"

namespace consentree::ledger {

struct EntryRowAt {
    std::uint64_t first_leaf = 0;
    EntryRow row;
};
// The row that holds the leaf.
std::optional<EntryRowAt> find_entry_row(const Reader& reader, std::uint64_t leaf);

class EntrySource {
public:
    explicit EntrySource(const Reader& reader) : reader_(reader) {}
    std::optional<EntryView> get(std::uint64_t leaf);
    // The leaf as hashed, an entry's or a SEAL's; nothing if the log is not that long.
    std::optional<Bytes> leaf_bytes(std::uint64_t leaf);
    // The canonical form of a transaction; until the next call.
    std::optional<BytesView> transaction(const TxOutcome& outcome);

private:
    bool load(Bytes batch_key);

    const Reader& reader_;
    std::optional<EntryRowAt> at_;
    Bytes batch_key_, batch_;
};

}  // namespace consentree::ledger
