# The package: find_package(Consentree 0.1 CONFIG REQUIRED) gives Consentree::client. The static
# libraries that it is made of are installed together; only the public headers are.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(consentree_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Consentree)

install(TARGETS consentree_common consentree_ledger consentree_client_api consentree_client
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client)
install(FILES consentree.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/consentree COMPONENT client)
install(FILES client.h outcome.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/consentree/client COMPONENT client)
configure_package_config_file(ConsentreeConfig.cmake.in ConsentreeConfig.cmake
  INSTALL_DESTINATION ${consentree_package_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR
    CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(ConsentreeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ConsentreeConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/ConsentreeConfigVersion.cmake
  DESTINATION ${consentree_package_dir} COMPONENT client)
