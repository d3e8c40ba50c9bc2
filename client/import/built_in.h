// The mapping files and sample records that are part of the program, by their path in the
// repository ("mappings/ob-uk.json"), so that an installed binary has them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace consentree::client::mapping {

std::optional<std::string_view> built_in_file(std::string_view path);
std::vector<std::string_view> built_in_files();

}  // namespace consentree::client::mapping
