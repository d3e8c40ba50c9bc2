consentree_test(integration_client client_test.cpp)
target_link_libraries(integration_client_test PRIVATE consentree_test_network consentree_cli
  nlohmann_json::nlohmann_json)
target_compile_definitions(integration_client_test
  PRIVATE CONSENTREE_BUILD_DIR="${PROJECT_BINARY_DIR}")
set_tests_properties(integration_client PROPERTIES LABELS integration TIMEOUT 600 RUN_SERIAL ON)
