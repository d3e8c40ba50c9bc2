// The state that proven entries lead to. The whole log of one subject, with that of governance
// where schemes or agreements are looked at, applied from its first entry on by the rules of
// execution to tables in memory, which the queries of a node then read (find_consent,
// list_consents, consent_versions, check_now, find_agreement). Nothing is judged again: the verdict
// of an access is the one in its entry. One thread.
#pragma once

#include "ledger/memory_tables.h"
#include "ledger/overlay.h"
#include "ledger/receipt.h"

#include <memory>

namespace consentree::ledger {

class Replay {
public:
    // The next entry. The record of the consent that it is about or cites, as it is in force then;
    // null if it cites none of this subject; good until the next call. Refused: no ledger that
    // follows these rules would have recorded it there.
    Checked<const ConsentRecord*> apply(const ProvenEntry& entry);
    // As they are after the entries so far.
    const Reader& tables();

private:
    void end_block();
    void keep_record(const ProvenEntry& entry, EventKind kind);

    MemoryTables tables_;
    Overlay::Consents recent_{64};
    SchemeMemory schemes_;
    std::unique_ptr<Overlay> overlay_;  // Of the block at height_.
    Height height_ = 0;
};

}  // namespace consentree::ledger
