// One transaction's way through this node: admitted (known, checked, previewed), submitted to the
// lane, decided. Plain values; the coroutines that use them are in api_transactions.cpp.
#pragma once

#include "ledger/transaction.h"
#include "node/api_receipt.h"

#include <atomic>

namespace consentree::node {

struct Submission {
    ledger::TxId id;
    bool has_id = false;
    bool open = false;  // Accepted by this node, or pending before: it will be decided.
    std::optional<ledger::CheckedTransaction> checked;  // To be submitted.
    api::TransactionAnswer answer;
    std::string hint;  // Of a refusal.

    void refuse(const Refusal& refusal);
};

// Everything that can be said before ordering; the one place where this node checks the signature.
// encoded is a part of *storage. Work pool.
Submission admit(ApiService& service,
                 const ApiView& view,
                 const std::shared_ptr<const Bytes>& storage,
                 BytesView encoded);
// From the JSON form. Work pool.
Submission admit_json(ApiService& service, const ApiView& view, std::string_view body);

// Fills in what the ledger decided; leaves the answer as it is if nothing is decided. Work pool.
void read_decision(const ledger::Genesis& genesis,
                   const ApiView& view,
                   bool with_receipt,
                   Submission& submission);

// Results that arrive on other threads, one per slot; wakes the waiting coroutine at the last.
class Tally {
public:
    Tally(std::size_t slots, std::shared_ptr<Wakeup> wakeup);
    // Any thread, once per slot.
    void finish(std::size_t slot, std::optional<Refusal> refusal);
    bool is_complete() const { return left_.load(std::memory_order_acquire) == 0; }
    // Whether the slot is finished, and with what refusal.
    bool is_finished(std::size_t slot) const;
    const std::optional<Refusal>& refusal(std::size_t slot) const { return slots_[slot].refusal; }
    // Until all slots are finished, the instant has come, or the server stops.
    Awaitable<void> wait(const ApiService& service, std::chrono::steady_clock::time_point until);

private:
    struct Slot {
        std::atomic<bool> is_finished{false};
        std::optional<Refusal> refusal;
    };
    std::vector<Slot> slots_;
    std::atomic<std::size_t> left_;
    std::shared_ptr<Wakeup> wakeup_;
};

}  // namespace consentree::node
