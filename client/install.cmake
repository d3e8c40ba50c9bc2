# The package: find_package(Consentree 0.1 CONFIG REQUIRED) gives Consentree::client, for C++, and
# Consentree::verify, for any language. Of the first the static libraries that it is made of are
# installed together; the second is the shared library and its C header, and can be installed alone
# (--component verify). Only the public headers are.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(consentree_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Consentree)

install(TARGETS consentree_common consentree_proof consentree_ledger consentree_verify
  consentree_client_api consentree_client
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client)
install(FILES consentree.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/consentree COMPONENT client)
install(FILES client.h outcome.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/consentree/client COMPONENT client)
install(FILES report/report.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/consentree/client/report COMPONENT client)
install(FILES ${PROJECT_SOURCE_DIR}/verifier/report.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/consentree/verifier COMPONENT client)
install(TARGETS consentree_verify_shared consentree-verify
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT verify NAMELINK_COMPONENT verify
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT verify)
install(FILES ${PROJECT_SOURCE_DIR}/verifier/consentree_verify.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT verify)
configure_package_config_file(ConsentreeConfig.cmake.in ConsentreeConfig.cmake
  INSTALL_DESTINATION ${consentree_package_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR
    CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(ConsentreeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
foreach(component client verify)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ConsentreeConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/ConsentreeConfigVersion.cmake
    DESTINATION ${consentree_package_dir} COMPONENT ${component})
endforeach()
