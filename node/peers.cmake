# The peer side of the node: frames, TLS, sessions, the pool; logging and async helpers.
set(CONSENTREE_NODE_PEERS_SOURCES
  async.cpp frame.cpp handshake.cpp log.cpp peer_pool.cpp peer_session.cpp tls.cpp)
