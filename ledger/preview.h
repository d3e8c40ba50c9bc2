// What execution would say to a transaction, before it is ordered.
#pragma once

#include "ledger/genesis.h"
#include "ledger/tables.h"
#include "ledger/transaction.h"

#include <memory>

namespace consentree::ledger {

class Overlay;

// On one state of the tables. What it has read stays read, so that many transactions of the same
// partner cost little. One thread at a time.
class Previewer {
public:
    // genesis outlives it.
    Previewer(const Genesis& genesis, std::shared_ptr<const Reader> now);
    ~Previewer();

    // Would this transaction be committed if it were executed next, at that block time? Nothing if
    // so, else the refusal that execution would give.
    std::optional<Refusal> preview(TimeUs time_us, const CheckedTransaction& transaction);
    // Consents that it remembers.
    std::size_t consent_count() const;

private:
    const Genesis& genesis_;
    std::shared_ptr<const Reader> now_;
    std::unique_ptr<Overlay> overlay_;
};

}  // namespace consentree::ledger
