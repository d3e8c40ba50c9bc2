# What a verifier needs, of which consentree_proof is made: entries and events, notes, proofs,
# receipts, evidence. It links hashing and Ed25519 and nothing else.
set(CONSENTREE_LEDGER_PROOF_SOURCES
  authorship.cpp checkpoint.cpp consistency.cpp entry.cpp event.cpp event_access.cpp event_fields.cpp event_record.cpp event_registry.cpp
  evidence.cpp evidence_json.cpp evidence_text.cpp fork.cpp index_record.cpp map_fn.cpp merkle.cpp
  note.cpp patricia.cpp policy.cpp policy_text.cpp proof_json.cpp proof_kind.cpp proof_text.cpp
  question.cpp range_proof.cpp receipt.cpp receipt_json.cpp seal.cpp state_names.cpp strict_json.cpp tlog_proof.cpp transaction.cpp verdict_codes.cpp)
