consentree_test(ledger_domain
  after_access_test.cpp consent_test.cpp domain_bench.cpp domain_fixture.cpp event_test.cpp event_time_test.cpp evidence_lies_test.cpp evidence_test.cpp execute_test.cpp key_log_test.cpp model_test.cpp
  queries_test.cpp registry_test.cpp replay_test.cpp strict_json_test.cpp transaction_test.cpp verdict_test.cpp)
target_link_libraries(ledger_domain_test PRIVATE consentree_ledger)
