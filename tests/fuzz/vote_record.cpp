#include "storage/vote_record.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    using namespace storage;
    round_trip(input, decode_guard_record,
               [](const GuardRecord& record) { return encode(record); });
    const auto record = open_slot(input, GuardMacKey{});
    if (record) {
        const Bytes slot = seal_slot(*record, GuardMacKey{});
        CT_ASSERT(equal(slot, input.first(slot.size())));
    }
    (void)belongs_to_other_key(input, PublicKey{});
}

}  // namespace consentree
