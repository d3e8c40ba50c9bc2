# The domain: events, transactions, batches, consent state, verdict, execution, reads.
set(CONSENTREE_LEDGER_DOMAIN_SOURCES
  access.cpp admission.cpp batch.cpp consent.cpp event.cpp event_fields.cpp event_record.cpp
  evidence_make.cpp execute.cpp genesis.cpp key_log.cpp key_log_proof.cpp map_fn.cpp outcome_row.cpp overlay.cpp preview.cpp queries_consents.cpp queries_entries.cpp
  queries_leaves.cpp self_check.cpp state.cpp state_keys.cpp state_terms.cpp
  strict_json.cpp tip.cpp tlog_tiles.cpp transaction.cpp verdict.cpp)
