#include "ledger/genesis.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    const auto genesis = ledger::parse_genesis(as_text(input));
    if (!genesis) {
        CT_ASSERT(!genesis.error().code.empty());
        return;
    }
    const std::string text = ledger::format_genesis(*genesis);
    const auto again = ledger::parse_genesis(text);
    CT_ASSERT(again && ledger::format_genesis(*again) == text);
}

}  // namespace consentree
