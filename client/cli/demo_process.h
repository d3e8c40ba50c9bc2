// The demo's nodes as processes of this machine: start, signal, wait for. A process is believed
// to be a node only if its command line names that node's settings.
#pragma once

#include "client/cli/demo_folder.h"

#include <chrono>
#include <functional>
#include <optional>

namespace consentree::client::cli {

// Starts `consentree node start` in a process group of its own, output to its log; it ends with
// this process. Writes the pid file. Returns the pid.
Outcome<int> start_node(const Demo& demo, std::size_t node);
// The running process of that node, or 0.
int find_node(const Demo& demo, std::size_t node);
// Waits until the process is gone; false after the time.
bool wait_gone(int pid, std::chrono::milliseconds time);
// SIGTERM to those that run, SIGKILL to those that stay.
void stop_nodes(const Demo& demo);

// GET path of one node: the status code and body, or nothing.
struct Probe {
    unsigned status = 0;
    std::string body;
};
std::optional<Probe> probe(const Demo& demo, std::size_t node, const std::string& path);

// Until every one of these nodes answers /readyz with 200. progress is called now and then and
// may end the wait by returning false.
Outcome<Done> wait_ready(const Demo& demo,
                         const std::vector<std::size_t>& nodes,
                         std::chrono::seconds time,
                         const std::function<bool()>& progress);

// The last lines of a node's log.
std::string log_tail(const Demo& demo, std::size_t node, std::size_t lines);

}  // namespace consentree::client::cli
