// The command-line tool: parses argv, runs one command, returns its exit code (docs/cli.md).
// What lives in other layers (a node, the benchmark) comes in as functions, so that nothing here
// includes them.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::client::cli {

struct Explanation {
    std::string means, remedy;
};

struct Programs {
    std::function<int(const std::filesystem::path& config)> node_start;
    std::function<int(const std::vector<std::string>& args)> bench;
    // A code or name of the API's problems: "consent-state", "CT-1203". May be empty.
    std::function<std::optional<Explanation>(std::string_view code)> explain;
};

// argv as main got it. Talks on stdout (data) and stderr (everything else); never throws.
int run(int argc, char** argv, const Programs& programs);

}  // namespace consentree::client::cli
