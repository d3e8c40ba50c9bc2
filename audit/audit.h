// The audit of one node's ledger: every stored byte is read, everything that the blocks determine
// is computed again from genesis into a ledger of its own, and every row is compared. Reads the
// node's folder and changes nothing in it; it may belong to a running node. Blocks; any thread.
#pragma once

#include "audit/report.h"

namespace consentree::audit {

// Refused if there is nothing to audit, or no place to work.
Checked<Report> run(const Request& request);

}  // namespace consentree::audit
