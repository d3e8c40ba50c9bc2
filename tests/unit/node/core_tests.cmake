consentree_test(node_core alert_log.cpp batch_pool.cpp board.cpp config.cpp cosigner.cpp journal.cpp)
target_link_libraries(node_core_test PRIVATE consentree_node)
