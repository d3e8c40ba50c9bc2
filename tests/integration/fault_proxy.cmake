# The misbehaving link: a library for tests in one process, a program for tests with several.
find_package(CLI11 2.1 REQUIRED)
add_library(consentree_fault_link STATIC fault_proxy.cpp)
target_include_directories(consentree_fault_link PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(consentree_fault_link PUBLIC consentree_node PRIVATE consentree_options)

add_executable(consentree_fault_proxy fault_proxy_main.cpp)
target_link_libraries(consentree_fault_proxy
  PRIVATE consentree_fault_link CLI11::CLI11 consentree_options)

consentree_test(fault_proxy fault_proxy_test.cpp)
target_link_libraries(fault_proxy_test PRIVATE consentree_fault_link)
