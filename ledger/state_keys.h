// Keys of the rows of Table::state, Table::uses and Table::entry (docs/formats.md, "Tables").
#pragma once

#include "ledger/state.h"

namespace consentree::ledger {

// First byte of a key of Table::state.
enum class StateKind : std::uint8_t {
    counter = 'n',       // -> number of consents so far.
    key = 'k',           // public key -> KeyState
    institution = 'i',   // id -> InstitutionState
    consent = 'c',       // consent key -> ConsentState
    terms = 't',         // consent key, version u32 -> Terms
    session = 's',       // consent key[0..16), session id -> SessionState
    restrictions = 'o',  // subject -> Restrictions
    party = 'q',         // party id -> PartyState
    agreement = 'g',     // agreement id -> AgreementState
    policy = 'y',        // policy id -> PolicyState
    document = 'w',      // SHA-256 of a policy's document -> PolicyDocument
    recurring = 'e',     // SHA-256 of scheme, issuer, subject, recipient -> RecurringConsent
    by_number = 'a',     // number u64 -> consent key
    by_subject = 'u',    // SHA-256(label), number u64 -> consent key
    by_recipient = 'r',
    by_provider = 'p',
    by_id = 'd',  // SHA-256(consent id), number u64 -> consent key
};

Bytes counter_key();
Bytes key_key(const PublicKey& key);
Bytes institution_key(std::string_view id);
Bytes consent_state_key(const ConsentKey& consent);
Bytes terms_key(const ConsentKey& consent, std::uint32_t version);
// scope: the consent's key, or where none is cited the SHA-256 of the actor institution.
Bytes session_key(const Hash& scope, std::string_view session_id);
// Of restrictions (subject), party, agreement and policy (id).
Bytes named_key(StateKind kind, std::string_view name);
// Of a policy's document, and of a recurring consent.
Bytes hash_key(StateKind kind, const Hash& hash);
Bytes number_key(std::uint64_t number);
Bytes list_key(StateKind kind, const Hash& id, std::uint64_t number);

// Table::uses: consent key, number u64 of the row.
Bytes uses_key(const ConsentKey& consent, std::uint64_t number);

Bytes entry_key(std::uint64_t first_leaf);

Bytes encode(const KeyState& key);
Bytes encode(const InstitutionState& institution);
Result<KeyState> decode_key_state(BytesView bytes);
Result<InstitutionState> decode_institution_state(BytesView bytes);

}  // namespace consentree::ledger
