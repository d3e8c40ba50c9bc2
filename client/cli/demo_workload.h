// `consentree demo load --profile P`: makes synthetic data and sends them to the running demo, or
// only says what they would be; and `demo verify-load`: reads them back, proven, and compares what
// is found with what was planted.
#pragma once

#include "client/cli/commands.h"
#include "client/cli/demo_folder.h"

namespace consentree::client::cli {

struct WorkloadOptions {
    std::string profile;
    std::uint64_t size = 10'000, subjects = 0, seed = 1;
    double rate = -1;  // Transactions per second; 0: as fast as it goes; below: the profile's.
    bool dry_run = false;
    bool verify = false;
};
// With the flags that load takes.
void add_workload_options(CLI::App& command, WorkloadOptions& options);
// Nothing, or why the options are no workload. The rest is for options that are one.
std::string wrong_with(const WorkloadOptions& options);
// What the workload would be; needs no network.
int describe_workload(const Globals& globals, const WorkloadOptions& options);
int load_workload(const Globals& globals, const Demo& demo, const WorkloadOptions& options);

// Of the load with this tag; empty: of the last. asks_reports: the named reports too.
int verify_load(const Globals& globals,
                const Demo& demo,
                const std::string& tag,
                bool asks_reports = false);

}  // namespace consentree::client::cli
