#include "ledger/batch.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    round_trip(input, ledger::decode_payload,
               [](const ledger::Payload& payload) { return encode(payload); });
}

}  // namespace consentree
