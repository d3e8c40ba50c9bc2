// What the node's threads write: measured, and final when it fails, since nobody knows then what
// is stored: recovery is the next start. Any thread; the caller waits.
#pragma once

#include "node/metrics.h"
#include "storage/store.h"

namespace consentree::node {

class Disk {
public:
    Disk(storage::Store& store, Metrics& metrics) : store_(store), metrics_(metrics) {}
    // Durable when it returns, with everything that was appended before.
    void write(const ledger::WriteSet& writes);
    // Durable after the next write() or sync() that begins later.
    void append(const ledger::WriteSet& writes);
    void sync();

private:
    storage::Store& store_;
    Metrics& metrics_;
};

}  // namespace consentree::node
