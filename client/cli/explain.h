// What stable codes mean: those of this tool, of verdicts, and (through Programs) of the API.
#pragma once

#include "client/cli/cli.h"

#include <optional>
#include <string>
#include <vector>

namespace consentree::client::cli {

std::optional<Explanation> find_explanation(const Programs& programs, const std::string& code);
std::vector<std::string> local_codes();

}  // namespace consentree::client::cli
