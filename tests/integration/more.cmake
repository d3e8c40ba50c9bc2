include(${CMAKE_CURRENT_LIST_DIR}/fault_proxy.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/client.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/tlog.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/audit.cmake)
