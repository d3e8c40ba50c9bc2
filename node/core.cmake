# The node itself: lanes, consensus driver, commit, catch-up, checkpoints, assembly.
set(CONSENTREE_NODE_CORE_SOURCES
  batch_pool.cpp board.cpp committer.cpp config.cpp cosigner.cpp disk.cpp driver.cpp fatal.cpp
  journal.cpp lane.cpp node.cpp open.cpp rejoin.cpp sync.cpp)
