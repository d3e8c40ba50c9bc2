# The mapping engine with its built-in mappings, samples and policies (library), and the commands
# that use it (tool).
set(built_in_source ${CMAKE_CURRENT_BINARY_DIR}/built_in.cpp)
set(built_in_entries "")
file(GLOB built_in_files RELATIVE ${PROJECT_SOURCE_DIR}
  ${PROJECT_SOURCE_DIR}/mappings/*.json ${PROJECT_SOURCE_DIR}/mappings/samples/*.json
  ${PROJECT_SOURCE_DIR}/policies/*.json)
foreach(file ${built_in_files})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
  file(READ ${PROJECT_SOURCE_DIR}/${file} text)
  string(APPEND built_in_entries "    {\"${file}\", R\"built_in(${text})built_in\"},\n")
endforeach()
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/import/built_in.cpp.in ${built_in_source} @ONLY)

set(CONSENTREE_CLIENT_IMPORT_SOURCES
  import/checks.cpp import/convert.cpp import/decimal.cpp import/events.cpp import/json_tree.cpp
  import/jws.cpp import/mapping.cpp import/mapping_reader.cpp import/mapping_rules.cpp import/paths.cpp
  import/rules.cpp import/scheme_rules.cpp import/source.cpp import/standardise.cpp import/times.cpp import/zone.cpp
  ${built_in_source})
set(CONSENTREE_CLIENT_COMMAND_SOURCES
  import/commands.cpp import/ledger_terms.cpp import/mapping_commands.cpp import/prepare.cpp
  cli/demo.cpp cli/demo_folder.cpp cli/demo_load.cpp cli/demo_planted.cpp cli/demo_policies.cpp
  cli/demo_process.cpp cli/demo_queries.cpp cli/demo_reports.cpp cli/demo_sender.cpp cli/demo_tamper.cpp cli/demo_up.cpp
  cli/demo_verify.cpp cli/demo_workload.cpp)
