#include "ledger/event.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    const std::string_view text = as_text(input);
    const auto event = ledger::parse_event(text);
    if (!event) {
        CT_ASSERT(!event.error().code.empty() && !event.error().detail.empty());
        return;
    }
    const std::string_view record = ledger::record_json(text);
    CT_ASSERT(record.empty() || text.find(record) != std::string_view::npos);
}

}  // namespace consentree
