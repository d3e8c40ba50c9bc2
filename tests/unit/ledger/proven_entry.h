// An entry as a verifier of its proof has it.
#pragma once

#include "ledger/entry.h"
#include "ledger/queries.h"
#include "ledger/receipt.h"

namespace consentree::ledger::test {

inline ProvenEntry proven_entry(const EntryView& view) {
    const Bytes bytes = entry_leaf_bytes(view);
    const auto entry = decode_entry(bytes).value();
    return {view.index, entry.head, std::string(as_text(entry.event))};
}

}  // namespace consentree::ledger::test
