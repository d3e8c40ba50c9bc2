consentree_test(node_api api_fixture.cpp api_access.cpp api_document.cpp api_events.cpp api_hostile.cpp api_json.cpp api_policies.cpp api_reads.cpp api_registry.cpp
  api_status.cpp api_tiles.cpp api_writes.cpp cursor.cpp)
target_link_libraries(node_api_test PRIVATE consentree_node consentree_client)
