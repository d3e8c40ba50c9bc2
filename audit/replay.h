// Computes the ledger again from its blocks and batches, genesis first, into an empty store. What
// the blocks and batches claim is checked on the way: certificates, the chain, every signature.
#pragma once

#include "audit/findings.h"
#include "consensus/messages.h"
#include "ledger/execute.h"
#include "storage/store.h"

namespace consentree::audit {

struct Ledgers {
    const ledger::Genesis& genesis;
    const consensus::ValidatorSet& validators;
    const ledger::Reader& stored;
    storage::Store& expected;  // Holds the genesis.
};

struct Replayed {
    ledger::Tip tip;
    bool is_complete = false;     // Up to the newest stored block.
    Height finalized_height = 0;  // Up to here a certificate of a quorum covers the blocks.
};

// Of rows of Table::block and Table::batch only the keys go to `expected`: their values are
// checked here.
Replayed replay(const Ledgers& ledgers,
                Findings& findings,
                Report& report,
                const std::function<void(const Progress&)>& on_progress);

}  // namespace consentree::audit
