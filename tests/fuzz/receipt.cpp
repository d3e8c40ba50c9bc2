#include "ledger/receipt.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    using namespace ledger;
    const auto receipt = parse_receipt(as_text(input));
    // Nobody is trusted, so nothing can be verified.
    const auto report = verify_receipt(as_text(input), Policy{});
    CT_ASSERT(report.verdict != ProofVerdict::verified);
    if (!receipt) {
        CT_ASSERT(!receipt.error().code.empty());
        return;
    }
    const auto again = parse_receipt(format_receipt(*receipt));
    CT_ASSERT(again && *again == *receipt);
}

}  // namespace consentree
