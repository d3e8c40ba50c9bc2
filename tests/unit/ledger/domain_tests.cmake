consentree_test(ledger_domain
  domain_fixture.cpp domain_bench.cpp)
target_link_libraries(ledger_domain_test PRIVATE consentree_ledger)
