// A network of real node processes on loopback, for tests: started, killed, stopped, compared.
// Its folder goes with it, unless a test failed.
#pragma once

#include "client/client.h"
#include "client/network_files.h"

#include <sys/types.h>
#include <functional>

namespace consentree::integration {

// Polls until done() or the deadline; the last answer of done().
bool wait_until(const std::function<bool()>& done, double seconds = 30);

class Network {
public:
    explicit Network(std::size_t nodes = 4);
    ~Network();
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    std::size_t size() const { return files_.nodes.size(); }
    const client::NetworkFiles& files() const { return files_; }
    std::string url(std::size_t node) const { return "http://" + files_.nodes[node].api; }
    std::filesystem::path data_dir(std::size_t node) const;
    std::filesystem::path log_file(std::size_t node) const;

    void start(std::size_t node);
    void start_all();
    void kill(std::size_t node);  // SIGKILL, and reaped.
    int stop(std::size_t node);   // SIGTERM; its exit status.
    void stop_all();
    bool is_running(std::size_t node);  // Reaps it if it has ended.

    // As the node itself says.
    bool is_ready(std::size_t node);
    void wait_ready();
    std::uint64_t height(std::size_t node);
    // A node may lag behind the others by what it missed; this waits until none does.
    void wait_for_one_height();

    // Submits for the institution of that node; talks to the nodes in that order.
    client::Client client(std::size_t institution, std::vector<std::size_t> nodes);
    // Waits until all nodes stand at one height, stops them, and requires their stores to hold the
    // same log, state and outcomes, byte for byte. Returns the number of entries.
    std::uint64_t require_equal_stores();

private:
    client::NetworkFiles files_;
    std::vector<pid_t> processes_;
    std::filesystem::path folder_;
};

// An access event that cites no known consent: recorded with the verdict DENY.
std::string access_event(const std::string& institution, std::uint64_t number);

}  // namespace consentree::integration
