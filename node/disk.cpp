#include "node/disk.h"

#include "node/clock.h"
#include "node/fatal.h"

#include <iterator>

namespace consentree::node {

namespace {

// How long a write that nobody waits for may wait for others.
constexpr std::chrono::milliseconds patience{3};

}  // namespace

Disk::Disk(Workers& workers, storage::Store& store, Metrics& metrics)
    : workers_(workers), store_(store), metrics_(metrics), timer_(workers.loop) {}

void Disk::write(ledger::WriteSet writes, std::function<void()> done, Urgency urgency) {
    queued_.insert(queued_.end(), std::make_move_iterator(writes.begin()),
                   std::make_move_iterator(writes.end()));
    waiting_.push_back(std::move(done));
    if (urgency == Urgency::now) return hurry();
    if (timer_set_ || urgent_) return;
    timer_set_ = true;
    timer_.expires_after(patience);
    timer_.async_wait([this](boost::system::error_code error) {
        timer_set_ = false;
        if (!error) hurry();
    });
}

void Disk::hurry() {
    if (waiting_.empty()) return;
    urgent_ = true;
    if (!busy_) start();
}

void Disk::start() {
    busy_ = true;
    urgent_ = false;
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
            if (urgent_) start();
            for (auto& done : *waiting) done();
        });
}

}  // namespace consentree::node
