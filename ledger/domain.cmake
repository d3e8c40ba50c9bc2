# The domain: events, transactions, batches, consent state, verdict, execution, reads.
set(CONSENTREE_LEDGER_DOMAIN_SOURCES
  batch.cpp event.cpp event_fields.cpp event_record.cpp genesis.cpp state.cpp state_keys.cpp
  state_terms.cpp strict_json.cpp tip.cpp transaction.cpp)
