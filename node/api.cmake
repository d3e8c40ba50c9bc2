# The HTTP side of the node: server, routes, handlers, problems, metrics.
include(${PROJECT_SOURCE_DIR}/client/api.cmake)

set(CONSENTREE_NODE_API_SOURCES
  api_callers.cpp api_consents.cpp api_entries.cpp api_evidence.cpp api_http.cpp api_lists.cpp api_network.cpp api_policies.cpp api_receipt.cpp api_registry.cpp
  api_alerts.cpp api_events.cpp
  api_routes.cpp api_server.cpp api_service.cpp api_session.cpp api_status.cpp api_table.cpp
  api_tiles.cpp api_tls.cpp api_transactions.cpp alert_log.cpp cursor.cpp event_reader.cpp feed.cpp metrics.cpp openapi.cpp openapi_schemas.cpp problem.cpp
  submission.cpp version.cpp)
set_source_files_properties(version.cpp PROPERTIES
  COMPILE_DEFINITIONS "CONSENTREE_VERSION=\"${PROJECT_VERSION}\"")
cmake_language(DEFER CALL target_link_libraries consentree_node
  PUBLIC consentree_client_api PkgConfig::sodium)
