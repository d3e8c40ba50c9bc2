# The log: entries, tree, notes, proofs, receipts.
set(CONSENTREE_LEDGER_LOG_SOURCES
  authorship.cpp checkpoint.cpp entry.cpp evidence.cpp evidence_json.cpp evidence_text.cpp index_record.cpp log_tree.cpp merkle.cpp note.cpp patricia.cpp
  patricia_tree.cpp policy.cpp policy_text.cpp proof_json.cpp proof_text.cpp question.cpp range_proof.cpp receipt.cpp receipt_json.cpp seal.cpp tlog_proof.cpp)
