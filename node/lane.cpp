#include "node/lane.h"

#include "common/limits.h"
#include "node/clock.h"
#include "node/facade.h"
#include "node/log.h"
#include "node/pacing.h"

namespace consentree::node {

using ledger::BatchPtr;
using ledger::BatchRef;

Lane::Lane(Workers& workers,
           BatchPool& pool,
           const ledger::Genesis& genesis,
           ValidatorIndex self,
           const SecretKey& identity,
           Metrics& metrics)
    : workers_(workers),
      pool_(pool),
      genesis_(genesis),
      self_(self),
      identity_(identity),
      metrics_(metrics),
      timer_(workers.loop) {}

void Lane::submit(ledger::CheckedTransaction transaction, Done done) {
    const std::size_t bytes = transaction.encoded().size();
    if (!has_room()) {
        is_full_.store(true, std::memory_order_relaxed);
        done(lane_full());
        return;
    }
    if (!pending_.try_emplace(transaction.id(), monotonic_us()).second) {
        done(std::nullopt);  // The same bytes are on their way already.
        return;
    }
    open_bytes_ += bytes;
    open_.push_back({std::move(transaction), std::move(done)});
    seal_when_due();
}

bool Lane::has_room() const {
    return pool_.lane_count(self_) < limits::lane_unordered_batches &&
           pool_.lane_bytes(self_) + open_bytes_ < limits::lane_unordered_bytes;
}

void Lane::decided(const ledger::TxId& id) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) return;
    metrics_.commit_latency_seconds.Observe(seconds_since(found->second));
    pending_.erase(found);
}

std::size_t Lane::take_count() const {
    std::size_t count = 0, bytes = 0;
    while (count < open_.size() && count < limits::batch_transactions) {
        bytes += open_[count].transaction.encoded().size();
        if (count > 0 && bytes > limits::batch_bytes) break;  // A large one is a batch of its own.
        ++count;
    }
    return count;
}

// One batch for each block, in time for it; at once if no block was made lately.
TimeUs Lane::due_at() const {
    const TimeUs after_own = sealed_at_ + block_interval_us;
    const TimeUs before_next = proposed_at_ + block_interval_us - batch_lead_us;
    return std::max(after_own, before_next);
}

void Lane::seal_when_due() {
    if (open_.empty()) return;
    const bool full =
        open_.size() >= limits::batch_transactions || open_bytes_ >= limits::batch_bytes;
    if (scheduled_) {
        if (full) timer_.cancel();
        return;
    }
    const TimeUs now = monotonic_us();
    const TimeUs due = due_at();
    scheduled_ = true;
    if (full || now >= due) {
        // Posted, so that what arrives in this turn of the loop goes into the same batch.
        boost::asio::post(workers_.loop, [this] {
            scheduled_ = false;
            seal();
        });
        return;
    }
    timer_.expires_after(std::chrono::microseconds(due - now));
    timer_.async_wait([this](boost::system::error_code) {
        scheduled_ = false;
        seal_when_due();
    });
}

void Lane::seal() {
    const std::size_t count = take_count();
    if (count == 0) return;
    std::vector<ledger::CheckedTransaction> transactions;
    auto waiting = std::make_shared<std::vector<Done>>();
    transactions.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        Waiting& front = open_.front();
        open_bytes_ -= front.transaction.encoded().size();
        transactions.push_back(std::move(front.transaction));
        waiting->push_back(std::move(front.done));
        open_.pop_front();
    }
    const BatchPtr batch = ledger::seal_batch(genesis_, self_, next_seq_, previous_, identity_,
                                              std::move(transactions));
    next_seq_ += 1;
    previous_ = batch->header().digest;
    sealed_at_ = monotonic_us();
    in_flight_ += 1;
    pool_.add(batch, [this, batch, waiting] {
        // Durable: after a crash the lane goes on after it and signs no other under its number.
        in_flight_ -= 1;
        peers_->broadcast(make_frame(FrameType::batch, batch->encoded()));
        for (Done& done : *waiting) {
            if (done) done(std::nullopt);
        }
        seal_when_due();
    });
    seal_when_due();
}

void Lane::align(const ledger::LaneCursor& ordered) {
    is_full_.store(!has_room(), std::memory_order_relaxed);
    if (in_flight_ != 0) return;  // The next commit comes here again.
    std::uint64_t seq = ordered.next_seq;
    Hash previous = ordered.last_digest;
    bool broken = false;
    const auto held = pool_.unordered(self_);
    for (const BatchPtr& batch : held) {
        if (batch->header().seq == seq && batch->header().previous == previous) {
            seq += 1;
            previous = batch->header().digest;
        } else {
            broken = true;
        }
    }
    if (seq == next_seq_ && previous == previous_) return;
    next_seq_ = seq;
    previous_ = previous;
    if (!broken) return;
    log::warn("own batches cannot follow what was ordered; their transactions are sealed again",
              {});
    for (const BatchPtr& batch : held) {
        if (batch->header().seq < seq && batch->header().previous == ordered.last_digest) continue;
        for (const ledger::CheckedTransaction& transaction : batch->transactions()) {
            open_bytes_ += transaction.encoded().size();
            open_.push_back({transaction, {}});
        }
    }
    seal_when_due();
}

void Lane::replay_to(ValidatorIndex peer) {
    for (const BatchPtr& batch : pool_.unordered(self_)) {
        if (!peers_->send(peer, make_frame(FrameType::batch, batch->encoded()))) return;
    }
}

}  // namespace consentree::node
