#include "ledger/entry.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    using namespace ledger;
    round_trip(input, decode_entry,
               [](const Entry& entry) { return encode_entry(entry.head, entry.event); });
    round_trip(input, decode_entry_head, [](const EntryHead& head) { return encode(head); });
}

}  // namespace consentree
