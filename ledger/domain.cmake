# What a node does with events: batches, consent state, verdict, execution, the trees, reads.
set(CONSENTREE_LEDGER_DOMAIN_SOURCES
  access.cpp admission.cpp batch.cpp check_details.cpp consent.cpp event_time.cpp evidence_make.cpp execute.cpp genesis.cpp key_log.cpp
  key_log_proof.cpp lifecycle.cpp log_tree.cpp memory_tables.cpp outcome_row.cpp overlay.cpp patricia_tree.cpp policy_format.cpp
  preview.cpp queries_consents.cpp queries_entries.cpp queries_leaves.cpp queries_registry.cpp registry.cpp replay.cpp self_check.cpp state.cpp
  state_keys.cpp state_registry.cpp state_terms.cpp tip.cpp tlog_tiles.cpp verdict.cpp
  # Schemes and vocabularies.
  governance.cpp governance_state.cpp mapping_pin.cpp queries_policies.cpp scheme.cpp scheme_caps.cpp scheme_limits.cpp
  scheme_parse.cpp vocabulary.cpp
  watch/alert.cpp watch/obligations.cpp watch/rules.cpp watch/scene.cpp watch/volume.cpp)
