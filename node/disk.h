// The queue in front of the store's single writer. Writes that wait together are made durable by
// one sync, in the order in which they came; a failed one ends the process.
#pragma once

#include "node/metrics.h"
#include "node/workers.h"
#include "storage/store.h"

#include <functional>
#include <vector>

namespace consentree::node {

class Disk {  // Lives on the loop.
public:
    Disk(Workers& workers, storage::Store& store, Metrics& metrics);
    // done is called on the loop once the rows are durable.
    void write(ledger::WriteSet writes, std::function<void()> done);

private:
    void start();
    Workers& workers_;
    storage::Store& store_;
    Metrics& metrics_;
    bool busy_ = false;
    ledger::WriteSet queued_;
    std::vector<std::function<void()>> waiting_;
};

}  // namespace consentree::node
