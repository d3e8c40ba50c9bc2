consentree_test(client_synthetic synthetic_test.cpp ../ledger/domain_fixture.cpp)
target_link_libraries(client_synthetic_test PRIVATE consentree_synthetic)
