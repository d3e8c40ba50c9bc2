// Receipts made of what the tables hold and the newest cosigned checkpoint. Work pool.
#pragma once

#include "ledger/execute.h"
#include "node/api_service.h"

namespace consentree::node {

// Receipts that an answer holds if nobody asked for more. A transaction's receipts are for one
// checkpoint, so that whoever wants all of them has to get them in one answer.
inline constexpr std::size_t receipt_events = 16;

struct ReceiptRange {
    std::size_t from = 0;
    std::size_t count = receipt_events;
};
// The leaf's tlog-proof. "no-checkpoint" if the newest one does not cover it.
Checked<std::string> make_tlog_proof(const ApiView& view, std::uint64_t index);

// JSON of the receipt file for those events of a committed transaction. Refusals: "no-checkpoint",
// "invalid-parameter" for a range outside the transaction.
Checked<std::string> make_receipt(const ledger::Genesis& genesis,
                                  const ApiView& view,
                                  const ledger::TxOutcome& outcome,
                                  ReceiptRange range);

}  // namespace consentree::node
