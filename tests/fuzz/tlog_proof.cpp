#include "ledger/tlog_proof.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    const auto proof = ledger::parse_tlog_proof(as_text(input));
    if (proof) CT_ASSERT(ledger::format_tlog_proof(*proof) == as_text(input));
}

}  // namespace consentree
