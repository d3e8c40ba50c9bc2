#include "ledger/transaction.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    using namespace ledger;
    round_trip(input, decode_transaction,
               [](const Transaction& transaction) { return encode(transaction); });
    const auto storage = std::make_shared<const Bytes>(to_bytes(input));
    const auto checked = check_transaction(storage, *storage, Hash{});
    if (!checked) CT_ASSERT(!checked.error().code.empty());
}

}  // namespace consentree
