# Synthetic workloads: pure, and so a library of its own that tests and the demo link.
consentree_layer(synthetic
  synthetic/event_text.cpp synthetic/findings.cpp synthetic/generator.cpp
  synthetic/happenings.cpp synthetic/plants.cpp synthetic/profile.cpp synthetic/random.cpp
  synthetic/scene.cpp synthetic/session.cpp synthetic/world.cpp)
target_link_libraries(consentree_synthetic PUBLIC consentree_common consentree_ledger)
