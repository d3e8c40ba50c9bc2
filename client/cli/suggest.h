// "Did you mean": the nearest of the names that would have been right. Pure.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::client::cli {

// Of commands, or of long options, that app itself and its parents know.
std::vector<std::string> names_below(const CLI::App& app, bool options);
// The closest name by edit distance (with swaps), or empty if none is close.
std::string nearest(std::string_view word, const std::vector<std::string>& names);

}  // namespace consentree::client::cli
