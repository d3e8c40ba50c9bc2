#include "ledger/execute.h"
#include "ledger/state.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

// The rows of the ledger's tables: a damaged disk writes them too.
void fuzz(BytesView input) {
    using namespace ledger;
    round_trip(input, decode_tip, [](const Tip& tip) { return encode(tip); });
    round_trip(input, decode_tx_outcome, [](const TxOutcome& outcome) { return encode(outcome); });
    round_trip(input, decode_terms, [](const Terms& terms) { return encode(terms); });
    round_trip(input, decode_consent_state,
               [](const ConsentState& state) { return encode(state); });
    round_trip(input, decode_consent_chunk,
               [](const ConsentChunk& chunk) { return encode(chunk); });
    round_trip(input, decode_session, [](const SessionState& session) { return encode(session); });
    round_trip(input, decode_entry_row, [](const EntryRow& row) { return encode(row); });
}

}  // namespace consentree
