// The command-line tool: parses argv, runs one command, returns its exit code (docs/cli.md).
// What lives in other layers (a node, the benchmark) comes in as functions, so that nothing here
// includes them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace consentree::client::cli {

struct Programs {
    std::function<int(const std::filesystem::path& config)> node_start;
    std::function<int(const std::vector<std::string>& args)> bench;
};

// argv as main got it. Talks on stdout (data) and stderr (everything else); never throws.
int run(int argc, char** argv, const Programs& programs);

}  // namespace consentree::client::cli
