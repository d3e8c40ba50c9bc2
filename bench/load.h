// Sends signed transactions to the nodes and sees them committed, and asks questions. Threads of
// its own, one connection each; every transaction is sent once and repeated only where a node was
// busy.
#pragma once

#include "bench/workload.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace consentree::bench {

using Clock = std::chrono::steady_clock;

struct Send {
    std::size_t per_request = 1;  // Transactions in one HTTP request.
    std::size_t connections = 2;  // To each node.
    double rate = 0;              // Transactions per second to all nodes together; 0: no limit.
    std::chrono::duration<double> time{10};
};

struct Sent {
    std::uint64_t events = 0;  // Accepted, durable at one node.
    std::uint64_t transactions = 0;
    std::uint64_t busy = 0;     // Times that a node asked to wait.
    std::uint64_t refused = 0;  // For any other reason; then `reason` says one.
    std::string reason;
    bool ran_out = false;  // All that was signed was sent before the time was over.
};
// work[i] goes to node i. Returns when the time is over or all is sent.
Sent send_all(const client::cli::Demo& network,
              const std::vector<std::vector<Signed>>& work,
              const Send& how);

struct Latencies {
    struct Answer {
        double spent_ms;  // Submission due to answer in hand.
        std::string body;
    };
    std::vector<Answer> answers;  // As they came.
    // Of those with a receipt, or that allow the access, once one of these has looked: when the
    // clock has stopped, as reading the answers is no work of the network's.
    void read_receipts();
    void read_checks();
    std::vector<double> good_ms;
    std::vector<std::string> receipts;
    std::uint64_t failed = 0;
    std::string reason;
};
// Sends each transaction on its own at its due time (open loop: a late start counts as latency)
// and waits for its receipt.
Latencies send_and_wait(const client::cli::Demo& network,
                        const std::vector<std::vector<Signed>>& work,
                        const Send& how);
// Asks each question whether an access would be permitted, in the same way.
Latencies ask(const client::cli::Demo& network,
              const std::vector<std::vector<Signed>>& questions,
              const Send& how);

// Events that a quorum has cosigned at this node, and its blocks; 0 if it does not answer.
struct Reached {
    std::uint64_t certified_events = 0, height = 0;
};
Reached reached(const client::cli::Demo& network, std::size_t node);
// Until every node has at least so many events certified; false after the time.
bool wait_certified(const client::cli::Demo& network,
                    std::uint64_t events,
                    std::chrono::seconds time);

}  // namespace consentree::bench
