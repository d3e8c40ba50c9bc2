// The command-line tool: parses argv, runs one command, returns its exit code (docs/cli.md).
// What lives in other layers (a node, the benchmark) comes in as functions, so that nothing here
// includes them.
#pragma once

#include "audit/report.h"

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
    // The files of the node with these settings, for an audit.
    std::function<Checked<audit::Request>(const std::filesystem::path& config)> node_files;
    std::function<Checked<audit::Report>(const audit::Request& request)> audit;
    // Edits a stopped node's data in that way; says what it did.
    std::function<Checked<std::string>(const std::filesystem::path& data, const std::string& way)>
        tamper;
    struct Way {
        std::string name, what;
    };
    std::vector<Way> tamper_ways;
    // A code or name of the API's problems: "consent-state", "CT-1203". May be empty.
    std::function<std::optional<Explanation>(std::string_view code)> explain;
};

// argv as main got it. Talks on stdout (data) and stderr (everything else); never throws.
int run(int argc, char** argv, const Programs& programs);

}  // namespace consentree::client::cli
