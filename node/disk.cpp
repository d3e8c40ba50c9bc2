#include "node/disk.h"

#include "node/clock.h"
#include "node/fatal.h"

#include <iterator>

namespace consentree::node {

Disk::Disk(Workers& workers, storage::Store& store, Metrics& metrics)
    : workers_(workers), store_(store), metrics_(metrics) {}

void Disk::write(ledger::WriteSet writes, std::function<void()> done) {
    queued_.insert(queued_.end(), std::make_move_iterator(writes.begin()),
                   std::make_move_iterator(writes.end()));
    waiting_.push_back(std::move(done));
    if (!busy_) start();
}

void Disk::start() {
    busy_ = true;
    auto writes = std::make_shared<ledger::WriteSet>(std::move(queued_));
    auto waiting = std::make_shared<std::vector<std::function<void()>>>(std::move(waiting_));
    queued_.clear();
    waiting_.clear();
    workers_.run(
        workers_.disk,
        [this, writes] {
            const TimeUs begun = monotonic_us();
            auto written = store_.write(*writes);
            metrics_.disk_write_seconds.Observe(seconds_since(begun));
            return written;
        },
        [this, waiting](Result<void> written) {
            // After a failed write nobody knows what is stored: recovery is the next start.
            if (!written) stop_process("the disk refused a write: " + written.error().message());
            busy_ = false;
            if (!waiting_.empty()) start();
            for (auto& done : *waiting) done();
        });
}

}  // namespace consentree::node
