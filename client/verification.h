// The ledger's verification reports in the words of the public interface. Pure.
#pragma once

#include "client/client.h"
#include "ledger/evidence.h"
#include "ledger/receipt.h"

namespace consentree::client {

Standing standing_of(ledger::ProofVerdict verdict);
// Members beyond standing and reason are filled only if it is verified.
Verification describe(const ledger::ReceiptReport& report);
Verification describe(const ledger::EvidenceReport& report, const Hash& network);
Verification describe(const ledger::NoteReport& report, std::size_t needed);

}  // namespace consentree::client
