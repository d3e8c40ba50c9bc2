// Sends rounds of synthetic data to the demo's nodes, stage after stage: each institution signs its
// own events and talks to its own node, on a thread of its own.
#pragma once

#include "client/cli/demo_folder.h"
#include "client/client.h"
#include "client/synthetic/round.h"
#include "common/types.h"

#include <atomic>

namespace consentree::client::cli {

struct Sent {
    std::uint64_t events = 0, transactions = 0;
};

class Sender {
public:
    // The demo must outlive it.
    static Outcome<Sender> connect(const Demo& demo);

    // Everything of the round is committed when it returns. per_second: groups of the round's
    // transactions, spread over its time; 0: as fast as it goes, and so once hurry is set.
    Outcome<Sent> send(const synthetic::Round& round,
                       double per_second,
                       const std::atomic<bool>& hurry);

private:
    struct Lane;

    // Until every node that runs has that block: each refuses what rests on what it does not know.
    std::optional<Failure> wait_executed(std::uint64_t height) const;
    std::optional<Failure> send_stage(const synthetic::Round& round, synthetic::Stage stage);

    explicit Sender(const Demo& demo) : demo_(demo) {}

    const Demo& demo_;
    std::vector<Client> clients_;
    std::vector<std::string> targets_;  // A transaction of each institution, for corrections.
    TimeMs granted_ = 0;                // By when what this round gives was sent,
    TimeMs granted_before_ = 0;         // and what the round before gave;
    TimeMs asked_ = 0;                  // and since when it is committed.
    std::chrono::steady_clock::time_point started_;
    std::chrono::duration<double> time_{};
    const std::atomic<bool>* hurry_ = nullptr;
    Sent sent_;
};

}  // namespace consentree::client::cli
