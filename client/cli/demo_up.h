// `consentree demo up`: starts the nodes, loads the sample data once, says what to try, and
// watches until it is told to stop. Owns the node processes; the only one in a folder.
#pragma once

#include "client/cli/commands.h"
#include "client/cli/demo_folder.h"

namespace consentree::client::cli {

struct UpOptions {
    std::string folder;
    std::size_t nodes = 0;  // 0: as the folder has it, or 4.
    std::string ready_file;
};

int demo_up(const Globals& globals, const UpOptions& options);

}  // namespace consentree::client::cli
