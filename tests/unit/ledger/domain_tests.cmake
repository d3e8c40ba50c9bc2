consentree_test(ledger_domain
  after_access_test.cpp consent_test.cpp domain_fixture.cpp event_test.cpp evidence_lies_test.cpp evidence_test.cpp execute_test.cpp key_log_test.cpp
  queries_test.cpp registry_test.cpp replay_test.cpp strict_json_test.cpp transaction_test.cpp verdict_test.cpp
  # Schemes and vocabularies.
  governance_test.cpp scheme_limits_test.cpp scheme_test.cpp vocabulary_test.cpp
  watch_test.cpp)
target_link_libraries(ledger_domain_test PRIVATE consentree_ledger)
# The rules against a second writing of them, and against the tables of docs/.
consentree_test(ledger_rules
  determinism_test.cpp domain_fixture.cpp event_time_test.cpp histories.cpp histories_json.cpp model_test.cpp reference.cpp reference_access.cpp
  reference_time.cpp schema_test.cpp states_test.cpp uses_test.cpp)
target_link_libraries(ledger_rules_test PRIVATE consentree_ledger)
# A million histories are worth their compile time.
set_source_files_properties(histories.cpp histories_json.cpp reference.cpp reference_access.cpp reference_time.cpp
  PROPERTIES COMPILE_OPTIONS -O2)
# Optimised as a whole: inline functions of what is measured are compiled here too (bench/README.md).
add_executable(ledger_bench domain_bench.cpp domain_fixture.cpp verdict_bench.cpp)
target_include_directories(ledger_bench PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(ledger_bench
  PRIVATE consentree_test_main consentree_options consentree_ledger consentree_storage)
