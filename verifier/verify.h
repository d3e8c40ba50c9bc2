// The ledger's reports on receipts, evidence, forks and checkpoints in the words of report.h, which
// has the entry point. Any input is bounded and refused with a reason. Pure.
#pragma once

#include "ledger/evidence.h"
#include "ledger/fork.h"
#include "verifier/report.h"

namespace consentree::verifier {

Standing standing_of(ledger::ProofVerdict verdict);
Report describe(const ledger::ReceiptReport& report);
Report describe(const ledger::EvidenceReport& report);
Report describe(const ledger::ForkReport& report);
Report describe(const ledger::NoteReport& report, const ledger::Policy& policy);

}  // namespace consentree::verifier
