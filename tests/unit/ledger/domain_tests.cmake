# Compiled once, and optimised: a million histories run through it.
add_library(ledger_fixture OBJECT domain_fixture.cpp)
target_link_libraries(ledger_fixture PRIVATE consentree_test_main consentree_options consentree_ledger)
consentree_test(ledger_domain
  after_access_test.cpp consent_test.cpp event_test.cpp evidence_lies_test.cpp evidence_test.cpp execute_test.cpp key_log_test.cpp
  queries_test.cpp registry_test.cpp replay_test.cpp strict_json_test.cpp transaction_test.cpp verdict_test.cpp
  # Schemes and vocabularies.
  governance_test.cpp mapping_pin_test.cpp scheme_limits_test.cpp scheme_outcome_test.cpp scheme_test.cpp vocabulary_test.cpp
  watch_test.cpp)
target_link_libraries(ledger_domain_test PRIVATE consentree_ledger ledger_fixture)
# The rules against the tables of docs/, and counting against plain counting.
consentree_test(ledger_rules event_time_test.cpp schema_test.cpp states_test.cpp uses_test.cpp)
target_link_libraries(ledger_rules_test PRIVATE consentree_ledger ledger_fixture)
# The rules against a second writing of them. A million histories are worth the compile time of all that they run through.
set(model_sources determinism_test.cpp histories.cpp histories_json.cpp histories_laws.cpp model_test.cpp reference.cpp
  reference_access.cpp reference_scheme.cpp reference_time.cpp)
consentree_test(ledger_model ${model_sources})
target_link_libraries(ledger_model_test PRIVATE consentree_ledger ledger_fixture)
set_source_files_properties(${model_sources} PROPERTIES COMPILE_OPTIONS -O2)
# Optimised as a whole: inline functions of what is measured are compiled here too (bench/README.md).
add_executable(ledger_bench domain_bench.cpp verdict_bench.cpp)
target_include_directories(ledger_bench PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(ledger_bench
  PRIVATE consentree_test_main consentree_options consentree_ledger consentree_storage ledger_fixture)
