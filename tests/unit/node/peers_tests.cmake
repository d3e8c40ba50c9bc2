consentree_test(node_peers
  async.cpp frame.cpp handshake.cpp log.cpp peer_pool.cpp peer_pool_hostile.cpp tls.cpp)
target_link_libraries(node_peers_test PRIVATE consentree_node)
