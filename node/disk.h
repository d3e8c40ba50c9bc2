// The queue in front of the store's single writer. Writes that wait together are made durable by
// one sync, in the order in which they came; a failed one ends the process.
#pragma once

#include "node/metrics.h"
#include "node/workers.h"
#include "storage/store.h"

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <vector>

namespace consentree::node {

class Disk {  // Lives on the loop.
public:
    Disk(Workers& workers, storage::Store& store, Metrics& metrics);
    // Somebody waits for what is urgent. The rest leaves with the next urgent write, or a little
    // later: one sync then serves both.
    enum class Urgency { now, soon };
    // done is called on the loop once the rows are durable.
    void write(ledger::WriteSet writes, std::function<void()> done, Urgency urgency = Urgency::now);
    // What waits has become urgent.
    void hurry();

private:
    void start();
    Workers& workers_;
    storage::Store& store_;
    Metrics& metrics_;
    boost::asio::steady_timer timer_;
    bool busy_ = false;
    bool urgent_ = false;  // Of what waits.
    bool timer_set_ = false;
    ledger::WriteSet queued_;
    std::vector<std::function<void()>> waiting_;
};

}  // namespace consentree::node
