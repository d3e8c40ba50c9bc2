// Measures a network of real node processes on this machine and prints the figures. Starts its
// own network in a temporary folder and removes it afterwards.
#pragma once

#include <string>
#include <vector>

namespace consentree::bench {

// The arguments after `consentree bench`. Returns the exit code.
int run_bench(const std::vector<std::string>& args);

}  // namespace consentree::bench
