#include "node/disk.h"

#include "node/clock.h"
#include "node/fatal.h"

namespace consentree::node {
namespace {

void stop_unless(const Result<void>& done) {
    if (!done) stop_process("the disk refused a write: " + done.error().message());
}

}  // namespace

void Disk::write(const ledger::WriteSet& writes) {
    const TimeUs begun = monotonic_us();
    stop_unless(store_.write(writes));
    metrics_.disk_write_seconds.Observe(seconds_since(begun));
}

void Disk::append(const ledger::WriteSet& writes) {
    stop_unless(store_.append(writes));
}

void Disk::sync() {
    stop_unless(store_.sync());
}

}  // namespace consentree::node
