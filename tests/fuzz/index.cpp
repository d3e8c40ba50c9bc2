#include "ledger/index_record.h"
#include "ledger/key_log.h"
#include "ledger/patricia.h"
#include "ledger/range_proof.h"
#include "ledger/seal.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

// What a proof of completeness is made of: fixed layouts, range proofs and proofs of the map.
void fuzz(BytesView input) {
    using namespace ledger;
    round_trip(input, decode_seal, [](const Seal& seal) { return to_bytes(encode(seal)); });
    round_trip(input, decode_index_record,
               [](const IndexRecord& record) { return to_bytes(encode(record)); });
    round_trip(input, decode_map_value,
               [](const MapValue& value) { return to_bytes(encode(value)); });
    round_trip(input, decode_key_log_head, [](const KeyLogHead& head) { return encode(head); });
    round_trip(input, decode_range_proof, [](const RangeProof& proof) { return encode(proof); });
    if (const auto proof = decode_range_proof(input)) {
        // Numbers that do not fit the hashes are refused before anything is made of them.
        (void)verify_range(*proof, {}, proof->end, Hash{});
        (void)verify_range(*proof, {Hash{}}, UINT64_MAX, Hash{});
    }
    const Hash key;
    CT_ASSERT(!verify_presence(Hash{}, key.view(), key.view(), input));
    CT_ASSERT(!verify_absence(Hash{}, key.view(), input));
}

}  // namespace consentree
