// Signs events into transactions, sends them, and verifies what comes back. Events that callers
// submit within a few milliseconds share one transaction and one signature; if the ledger refuses
// such a transaction, each caller's events are sent again by themselves, so that nobody answers
// for another. Safe to use from several threads; owns its own.
#pragma once

#include "client/calls.h"
#include "client/client.h"
#include "client/memory.h"
#include "client/trust.h"
#include "common/keys.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"

#include <condition_variable>
#include <deque>
#include <thread>

namespace consentree::client {

// Fetches receipts and checks them: against the trust file, and their checkpoint against memory.
class Receipts {
public:
    Receipts(const NodeCalls& calls, const TrustFile& trust, CheckpointMemory& memory)
        : calls_(calls), trust_(trust), memory_(memory) {}

    struct Verified {
        ledger::Receipt receipt;
        Verification verification;
        // What of it is about these events.
        Receipt part(const std::vector<std::uint32_t>& positions) const;
        Receipt whole() const;
    };
    // Of these events of a transaction, ascending; all of them if positions is empty. at_hand is a
    // receipt that came with the node's answer, or empty.
    Outcome<Verified> get(const std::string& tx_id,
                          const std::vector<std::uint32_t>& positions,
                          const std::string& at_hand) const;
    CheckpointMemory::Prove prover() const;

private:
    Outcome<ledger::Receipt> page(const std::string& tx_id,
                                  std::uint32_t from,
                                  std::size_t count) const;
    Outcome<ledger::Receipt> collect(const std::string& tx_id,
                                     const std::vector<std::uint32_t>& positions,
                                     const std::string& at_hand) const;
    Outcome<ledger::Receipt> collect_all(const std::string& tx_id) const;

    const NodeCalls& calls_;
    const TrustFile& trust_;
    CheckpointMemory& memory_;
};

class Submitter {
public:
    struct Settings {
        std::chrono::milliseconds timeout{30'000};
        std::chrono::milliseconds coalesce{3};
    };
    // key may be nullptr if only submit_signed is called.
    Submitter(const NodeCalls& calls,
              const TrustFile& trust,
              const SecretKey* key,
              const Receipts& receipts,
              Settings settings);
    // Waits for what is under way; what has not been started fails as "closed".
    ~Submitter();

    Outcome<Submitted> submit(const std::vector<std::string>& events, Wait wait) const;
    Outcome<Submitted> submit_signed(const ledger::Transaction& transaction, Wait wait) const;
    std::future<Outcome<Submitted>> submit_later(std::vector<std::string> events, Wait wait);

private:
    struct Item {
        std::vector<std::string> events;
        Wait wait;
        std::promise<Outcome<Submitted>> promise;
        NodeCalls::Clock::time_point since;
    };
    using Items = std::vector<std::unique_ptr<Item>>;

    Items next_items();
    void work();
    void send_together(Items items) const;
    Outcome<Submitted> decided(const api::TransactionAnswer& answer,
                               Wait wait,
                               const std::vector<std::string>& events) const;
    Outcome<Submitted> result_of(const api::TransactionAnswer& answer,
                                 Wait wait,
                                 std::vector<std::uint32_t> positions,
                                 const std::vector<std::string>& events,
                                 const Outcome<Receipts::Verified>& receipt) const;
    Outcome<api::TransactionAnswer> send(const std::vector<std::string>& events,
                                         bool decided) const;
    Outcome<api::TransactionAnswer> send_signed(const ledger::Transaction& transaction,
                                                bool decided) const;

    const NodeCalls& calls_;
    const TrustFile& trust_;
    const SecretKey* key_;
    const Receipts& receipts_;
    Settings settings_;

    std::mutex mutex_;  // Guards what follows.
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Item>> queue_;
    bool closing_ = false;
    std::vector<std::thread> workers_;
};

}  // namespace consentree::client
