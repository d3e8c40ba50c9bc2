// The sentences of an evidence's verification: what was proven, and what was not checked. Pure.
#pragma once

#include "ledger/evidence.h"

namespace consentree::ledger {

// The report is otherwise complete, and verified.
void write_sentences(const Evidence& evidence, const Policy& policy, EvidenceReport& report);

}  // namespace consentree::ledger
