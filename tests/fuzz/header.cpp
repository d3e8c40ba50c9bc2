#include "ledger/transaction.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

// The author's bytes are kept, so only the meaning must survive.
void fuzz(BytesView input) {
    const auto header = ledger::parse_header(as_text(input));
    if (!header) {
        CT_ASSERT(!header.error().code.empty() && !header.error().detail.empty());
        return;
    }
    const auto text = ledger::format_header(*header);
    const auto again = ledger::parse_header(text);
    CT_ASSERT(again && ledger::format_header(*again) == text);
}

}  // namespace consentree
