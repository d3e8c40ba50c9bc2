# Proven records in the formats of other standards (library), and the command that writes them (tool).
set(CONSENTREE_CLIENT_EXPORT_SOURCES
  export/codes.cpp export/dpv.cpp export/fhir_audit.cpp export/fhir_consent.cpp export/folded.cpp)
list(APPEND CONSENTREE_CLIENT_COMMAND_SOURCES export/commands.cpp)
