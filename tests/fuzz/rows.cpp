#include "ledger/batch.h"
#include "ledger/entry.h"
#include "ledger/execute.h"
#include "ledger/governance_state.h"
#include "ledger/state.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

// The small canonical encodings: rows of the tables, entries of the log, payloads of blocks.
void fuzz(BytesView input) {
    using namespace ledger;
    round_trip(input, decode_tip, [](const Tip& tip) { return encode(tip); });
    round_trip(input, decode_tx_outcome, [](const TxOutcome& outcome) { return encode(outcome); });
    round_trip(input, decode_terms, [](const Terms& terms) { return encode(terms); });
    round_trip(input, decode_consent_state,
               [](const ConsentState& state) { return encode(state); });
    round_trip(input, decode_uses_row, [](const UsesRow& row) { return encode(row); });
    round_trip(input, decode_session, [](const SessionState& session) { return encode(session); });
    round_trip(input, decode_restrictions, [](const Restrictions& row) { return encode(row); });
    round_trip(input, decode_party, [](const PartyState& party) { return encode(party); });
    round_trip(input, decode_agreement,
               [](const AgreementState& agreement) { return encode(agreement); });
    round_trip(input, decode_policy_state, [](const PolicyState& row) { return encode(row); });
    round_trip(input, decode_policy_document,
               [](const PolicyDocument& row) { return encode(row); });
    round_trip(input, decode_recurring, [](const RecurringConsent& row) { return encode(row); });
    round_trip(input, decode_payload, [](const Payload& payload) { return encode(payload); });
    round_trip(input, decode_entry,
               [](const Entry& entry) { return encode_entry(entry.head, entry.event); });
    round_trip(input, decode_entry_head, [](const EntryHead& head) { return encode(head); });
    round_trip(input, decode_entry_row, [](const EntryRow& row) { return encode(row); });
}

}  // namespace consentree
