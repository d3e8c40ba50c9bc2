#include "client/submitter.h"

#include "client/record.h"
#include "common/assert.h"
#include "common/limits.h"
#include "ledger/transaction.h"

#include <algorithm>

namespace consentree::client {

namespace {

// How long a signed transaction may wait for its turn. Block time decides.
constexpr TimeMs valid_for_ms = 3600 * 1000;
// Transactions under way at a time; each waits for finality on a connection of its own.
constexpr std::size_t workers = 4;
// Events that may wait for a worker. Beyond: "busy".
constexpr std::size_t queue_items = 64 * 1024;

std::size_t bytes_of(const std::vector<std::string>& events) {
    std::size_t sum = 0;
    for (const std::string& event : events) sum += event.size();
    return sum;
}

Failure too_many(const std::string& why) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "too-large";
    failure.what = "these events cannot be one transaction";
    failure.why = why;
    failure.hint = "Submit them in parts: up to 1,024 events and 1 MiB together.";
    return failure;
}

std::optional<Failure> check_size(const std::vector<std::string>& events) {
    if (events.empty()) return too_many("there are none");
    if (events.size() > limits::transaction_events) return too_many("there are too many");
    if (bytes_of(events) > limits::transaction_event_bytes) return too_many("they are too large");
    return std::nullopt;
}

std::vector<std::uint32_t> all_of(const std::vector<std::string>& events) {
    std::vector<std::uint32_t> positions(events.size());
    for (std::uint32_t i = 0; i < positions.size(); ++i) positions[i] = i;
    return positions;
}

Failure rejected(const api::TransactionAnswer& answer) {
    Failure failure;
    failure.kind = answer.code == "consent-exists" || answer.code == "version-conflict"
                       ? FailureKind::conflict
                   : answer.code == "consent-unknown" ? FailureKind::not_found
                                                      : FailureKind::not_allowed;
    failure.code = answer.code;
    failure.what = "the ledger rejected the transaction";
    failure.why = answer.detail;
    failure.pointer = answer.pointer;
    return failure;
}

bool is_refusal(const api::TransactionAnswer& answer) {
    return answer.status == api::TxState::rejected || answer.status == api::TxState::refused;
}

// Refusals that another caller's events may have caused, and after which nothing was recorded.
bool about_events(const Failure& failure) {
    if (failure.code == "node-answer-invalid" || failure.code == "internal-error") return false;
    return failure.kind == FailureKind::not_allowed || failure.kind == FailureKind::not_found ||
           failure.kind == FailureKind::conflict || failure.kind == FailureKind::failed ||
           failure.kind == FailureKind::usage;
}

}  // namespace

Submitter::Submitter(const NodeCalls& calls,
                     const TrustFile& trust,
                     const SecretKey* key,
                     const Receipts& receipts,
                     Settings settings)
    : calls_(calls), trust_(trust), key_(key), receipts_(receipts), settings_(settings) {}

Submitter::~Submitter() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    for (auto& item : queue_) {
        Failure failure;
        failure.code = "closed";
        failure.what = "the client was closed before these events were sent";
        item->promise.set_value(failure);
    }
}

Outcome<api::TransactionAnswer> Submitter::send_signed(const ledger::Transaction& transaction,
                                                       bool decided) const {
    const std::string tx_id = to_hex(ledger::transaction_id(transaction.header).view());
    const Bytes bytes = ledger::encode(transaction);
    return calls_.submit(std::string(as_text(bytes)), tx_id, decided,
                         NodeCalls::Clock::now() + settings_.timeout);
}

Outcome<api::TransactionAnswer> Submitter::send(const std::vector<std::string>& events,
                                                bool decided) const {
    CT_ASSERT(key_ != nullptr);
    return send_signed(ledger::sign_transaction(*key_, trust_.network, wall_clock() + valid_for_ms,
                                                random_bytes(16), events),
                       decided);
}

// Of one call's events, whose receipt (if it waits for one) has been fetched and verified.
Outcome<Submitted> Submitter::result_of(const api::TransactionAnswer& answer,
                                        Wait wait,
                                        std::vector<std::uint32_t> positions,
                                        const std::vector<std::string>& events,
                                        const Outcome<Receipts::Verified>& receipt) const {
    Submitted submitted;
    submitted.tx_id = answer.tx_id;
    submitted.positions = std::move(positions);
    if (wait == Wait::accepted) return submitted;
    if (!receipt) return receipt.error();
    submitted.receipt = receipt->part(submitted.positions);
    // The receipt's events root binds them; this says so for the events of this very call.
    const auto& proven = submitted.receipt.verification.events;
    bool same = proven.size() == events.size();
    for (std::size_t i = 0; same && i < events.size(); ++i) same = proven[i].json == events[i];
    if (!same) {
        Failure failure;
        failure.kind = FailureKind::verification_failed;
        failure.code = "receipt-failed";
        failure.what = "verification FAILED: the receipt is not for the events submitted";
        return failure;
    }
    submitted.committed = true;
    submitted.height = proven.front().height;
    submitted.committed_at = proven.front().committed_at;
    return submitted;
}

Outcome<Submitted> Submitter::decided(const api::TransactionAnswer& answer,
                                      Wait wait,
                                      const std::vector<std::string>& events) const {
    if (is_refusal(answer)) return rejected(answer);
    const auto positions = all_of(events);
    if (wait == Wait::accepted) {
        return result_of(answer, wait, positions, events, Receipts::Verified{});
    }
    return result_of(answer, wait, positions, events,
                     receipts_.get(answer.tx_id, positions, answer.receipt));
}

Outcome<Submitted> Submitter::submit(const std::vector<std::string>& events, Wait wait) const {
    if (auto failure = check_size(events)) return *failure;
    auto answer = send(events, wait == Wait::committed);
    if (!answer) return answer.error();
    return decided(*answer, wait, events);
}

Outcome<Submitted> Submitter::submit_signed(const ledger::Transaction& transaction,
                                            Wait wait) const {
    if (auto failure = check_size(transaction.events)) return *failure;
    auto answer = send_signed(transaction, wait == Wait::committed);
    if (!answer) return answer.error();
    return decided(*answer, wait, transaction.events);
}

std::future<Outcome<Submitted>> Submitter::submit_later(std::vector<std::string> events,
                                                        Wait wait) {
    auto item = std::make_unique<Item>();
    item->events = std::move(events);
    item->wait = wait;
    item->since = NodeCalls::Clock::now();
    auto future = item->promise.get_future();
    if (auto failure = check_size(item->events)) {
        item->promise.set_value(*failure);
        return future;
    }
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() >= queue_items) {
            Failure failure;
            failure.kind = FailureKind::unreachable;
            failure.code = "busy";
            failure.what = "too many events wait to be sent";
            item->promise.set_value(failure);
            return future;
        }
        queue_.push_back(std::move(item));
        if (workers_.empty()) {
            for (std::size_t i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
        }
    }
    changed_.notify_one();
    return future;
}

// The next transaction's worth, once its oldest item has waited long enough or no more fits.
Submitter::Items Submitter::next_items() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
        if (closing_) return {};
        const auto ready = queue_.front()->since + settings_.coalesce;
        const auto full = [this] { return queue_.size() >= limits::transaction_events; };
        changed_.wait_until(lock, ready, [&] { return closing_ || queue_.empty() || full(); });
        if (closing_) return {};
        if (!queue_.empty()) break;
    }
    Items items;
    std::size_t events = 0;
    std::size_t bytes = 0;
    while (!queue_.empty()) {
        const auto& next = queue_.front()->events;
        events += next.size();
        bytes += bytes_of(next);
        const bool fits =
            events <= limits::transaction_events && bytes <= limits::transaction_event_bytes;
        if (!items.empty() && !fits) break;
        items.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    if (!queue_.empty()) changed_.notify_one();
    return items;
}

void Submitter::work() {
    for (;;) {
        Items items = next_items();
        if (items.empty()) return;
        send_together(std::move(items));
    }
}

void Submitter::send_together(Items items) const {
    if (items.size() == 1) {
        items[0]->promise.set_value(submit(items[0]->events, items[0]->wait));
        return;
    }
    std::vector<std::string> events;
    std::vector<std::uint32_t> awaited;  // Positions whose callers wait for a receipt.
    for (const auto& item : items) {
        for (const std::string& event : item->events) {
            if (item->wait == Wait::committed) {
                awaited.push_back(static_cast<std::uint32_t>(events.size()));
            }
            events.push_back(event);
        }
    }
    const auto answer = send(events, !awaited.empty());
    if (answer ? is_refusal(*answer) : about_events(answer.error())) {
        for (auto& item : items) item->promise.set_value(submit(item->events, item->wait));
        return;
    }
    Outcome<Receipts::Verified> receipt = Receipts::Verified{};
    if (answer && !awaited.empty()) {
        receipt = receipts_.get(answer->tx_id, awaited, answer->receipt);
    }
    std::uint32_t position = 0;
    for (auto& item : items) {
        std::vector<std::uint32_t> positions(item->events.size());
        for (std::uint32_t& each : positions) each = position++;
        if (!answer) {
            item->promise.set_value(answer.error());
        } else {
            item->promise.set_value(
                result_of(*answer, item->wait, std::move(positions), item->events, receipt));
        }
    }
}

}  // namespace consentree::client
