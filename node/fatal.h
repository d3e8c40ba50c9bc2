// The end of a process that must not go on: recovery is tested, limping is not.
#pragma once

#include <string>

namespace consentree::node {

// Exit code for "a person must look": restarting by itself would not help.
inline constexpr int exit_fatal = 70;

// Logs one line with the reason and what to do, and ends the process at once.
[[noreturn]] void stop_process(const std::string& reason);

}  // namespace consentree::node
