# The API's structs, a library of their own: node links this part of client and no other.
if(NOT TARGET consentree_client_api)
  consentree_layer(client_api ${PROJECT_SOURCE_DIR}/client/api.cpp
    ${PROJECT_SOURCE_DIR}/client/api_answers.cpp ${PROJECT_SOURCE_DIR}/client/api_json.cpp
    ${PROJECT_SOURCE_DIR}/client/api_network.cpp ${PROJECT_SOURCE_DIR}/client/api_policy.cpp
    ${PROJECT_SOURCE_DIR}/client/api_registry.cpp ${PROJECT_SOURCE_DIR}/client/api_reports.cpp ${PROJECT_SOURCE_DIR}/client/api_view.cpp
  ${PROJECT_SOURCE_DIR}/client/api_alerts.cpp)
  target_link_libraries(consentree_client_api
    PUBLIC consentree_proof PRIVATE nlohmann_json::nlohmann_json)
endif()
