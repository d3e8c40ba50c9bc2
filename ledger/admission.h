// Whether a transaction is admitted to the ledger, and what its lifecycle events change: phases 0
// and 1 of execution. All or nothing: a refused transaction leaves no trace but its outcome.
// Private to execution.
#pragma once

#include "ledger/overlay.h"

namespace consentree::ledger {

struct AdmissionContext {
    const Genesis& genesis;
    Overlay& overlay;
    Height height = 0;   // Of the block,
    TimeUs time_us = 0;  // and its time.
};

// Applies the lifecycle events, which get consecutive leaves from first_leaf on: the flags of each
// event's entry, 0 for accesses. On a refusal the overlay is as it was before.
Checked<std::vector<std::uint32_t>> admit(const AdmissionContext& context,
                                          const CheckedTransaction& transaction,
                                          std::uint64_t first_leaf);
// The refusal that admit() would give; the overlay stays as it is.
std::optional<Refusal> would_refuse(const AdmissionContext& context,
                                    const CheckedTransaction& transaction);

}  // namespace consentree::ledger
