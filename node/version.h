// The version of this build, as CMake's project() names it.
#pragma once

#include <string_view>

namespace consentree::node {

std::string_view version();

}  // namespace consentree::node
