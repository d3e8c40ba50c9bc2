# Warnings, sanitizers, and the one helper that adds a layer.
add_library(consentree_options INTERFACE)
target_compile_features(consentree_options INTERFACE cxx_std_20)
target_compile_options(consentree_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wold-style-cast -Woverloaded-virtual -fno-omit-frame-pointer)
target_compile_definitions(consentree_options INTERFACE _GLIBCXX_ASSERTIONS)

option(CONSENTREE_WERROR "Treat warnings as errors" ON)
if(CONSENTREE_WERROR)
  target_compile_options(consentree_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports false positives of these in its own headers and in coroutine frames.
  target_compile_options(consentree_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized
    -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-mismatched-new-delete)
endif()

set(CONSENTREE_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
if(CONSENTREE_SANITIZE)
  add_compile_options(-fsanitize=${CONSENTREE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CONSENTREE_SANITIZE})
endif()
option(CONSENTREE_FUZZ "Build the fuzz targets (clang, libFuzzer)" OFF)
if(CONSENTREE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link -Wno-unknown-warning-option)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# consentree_layer(NAME SOURCES... ) makes the static library consentree_NAME. The repository
# root is the only include path; what a layer may link is written in its own CMakeLists.txt.
function(consentree_layer name)
  add_library(consentree_${name} STATIC ${ARGN})
  target_include_directories(consentree_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(consentree_${name} PRIVATE consentree_options)
  set_target_properties(consentree_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# consentree_test(NAME SOURCES...) makes one Catch2 executable and registers it with ctest.
function(consentree_test name)
  add_executable(${name}_test ${ARGN})
  target_link_libraries(${name}_test PRIVATE consentree_test_main consentree_options)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  # What is tested is optimised; optimising the tests themselves is half of their compile time.
  target_compile_options(${name}_test PRIVATE $<$<CONFIG:RelWithDebInfo>:-O0>)
  add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(CMAKE_CURRENT_SOURCE_DIR MATCHES "/tests/unit/")
    set_tests_properties(${name} PROPERTIES LABELS unit)
    add_dependencies(unit_tests ${name}_test)
  endif()
endfunction()
# Everything that "ctest -L unit" runs.
add_custom_target(unit_tests)
