# The log: entries, tree, notes, proofs, receipts.
set(CONSENTREE_LEDGER_LOG_SOURCES
  checkpoint.cpp entry.cpp log_tree.cpp merkle.cpp note.cpp policy.cpp policy_text.cpp receipt.cpp
  receipt_json.cpp tlog_proof.cpp)
