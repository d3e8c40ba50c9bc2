// The mapping files, sample records and policies that are part of the program, by their path in the
// repository ("mappings/ob-uk.json"), so that an installed binary has them.
#pragma once

#include "client/import/mapping.h"
#include "client/import/refused.h"

#include <optional>
#include <string_view>
#include <vector>

namespace consentree::client::mapping {

std::optional<std::string_view> built_in_file(std::string_view path);
std::vector<std::string_view> built_in_files();
// All of mappings/*.json, parsed once, by their file names. The tests keep them free of faults.
const std::vector<Mapping>& built_in_mappings();
// The one of them that knows the document, or why there is none, or not one.
boost::system::result<const Mapping*, Refused> detect_mapping(std::string_view document);

}  // namespace consentree::client::mapping
