// A node as the client sees it: an HTTP server on loopback that answers what a test tells it to,
// and a ledger behind it that records whatever is submitted and can prove it, or lie.
#pragma once

#include "ledger/log_tree.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace consentree::client::test {

struct FakeRequest {
    std::string method, target, body;
};
struct FakeReply {
    std::string bytes;     // Sent as they are.
    bool endless = false;  // ... and then their last kilobyte again and again.
    bool silent = false;   // Nothing is sent; the connection stays open.
};
FakeReply http_reply(unsigned status,
                     const std::string& body,
                     const std::string& type = "application/json");

class FakeNode {
public:
    using Handler = std::function<FakeReply(const FakeRequest&)>;
    explicit FakeNode(Handler handler);
    ~FakeNode();
    FakeNode(const FakeNode&) = delete;
    FakeNode& operator=(const FakeNode&) = delete;
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
    void accept_all();
    void serve(int connection);

    Handler handler_;
    int listener_ = -1;
    unsigned port_ = 0;
    std::atomic<bool> closing_{false};
    std::mutex mutex_;  // Guards what follows.
    std::vector<int> connections_;
    std::vector<std::thread> servers_;
    std::thread acceptor_;
};

// Records every transaction at once. Safe to use from several threads.
class FakeLedger {
public:
    FakeLedger();
    FakeReply answer(const FakeRequest& request);

    // The trust file of its network.
    std::string trust_text() const;
    std::string note();  // Cosigned by a quorum.
    void grow(std::size_t entries);
    std::size_t transactions();
    // Refuses transactions that hold this text in an event.
    std::string refuse_events_with;
    // Applied to each receipt's JSON before it is sent.
    std::function<std::string(std::string)> twist_receipt = [](std::string text) { return text; };

private:
    struct Recorded {
        ledger::Transaction transaction;
        std::uint64_t first = 0;  // Log index of its first event.
    };
    FakeReply post(const std::string& body);
    std::string receipt(const std::string& tx_id, std::uint32_t from, std::uint32_t count);
    std::string note_now();
    void append(const Bytes& entry);

    ledger::Genesis genesis_;
    std::mutex mutex_;  // Guards what follows.
    std::vector<Hash> leaves_;
    std::map<std::string, Recorded> recorded_;
    std::vector<Bytes> entries_;
};

}  // namespace consentree::client::test
