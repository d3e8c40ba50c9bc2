#include "ledger/batch.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    const auto header = ledger::decode_batch_header(input);
    const auto batch = ledger::check_batch(to_bytes(input), ledger::Genesis{});
    // The whole check accepts nothing whose header the cheap one refuses.
    CT_ASSERT(header || !batch);
}

}  // namespace consentree
