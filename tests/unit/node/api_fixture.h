// A node of the API's tests: no peers, no consensus. Each submitted transaction becomes a block of
// its own at once, or when the test says so; checkpoints are cosigned by three of four validators.
#pragma once

#include "client/api.h"
#include "ledger/checkpoint.h"
#include "ledger/execute.h"
#include "node/api_server.h"
#include "storage/memory_store.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace consentree::node::test {

namespace http = boost::beast::http;

struct World {
    World();
    ledger::Genesis genesis;
    std::string genesis_json;
    std::vector<ValidatorKeys> validators;
    SecretKey partner = SecretKey::generate();  // northbank, submit
    SecretKey officer = SecretKey::generate();  // citygov, audit
    SecretKey medcare = SecretKey::generate();  // medcare, submit
    std::vector<SecretKey> admins;              // medcare, citygov, unilab
};

class FakeNode : public Facade {
public:
    explicit FakeNode(const World& world);

    const ledger::Genesis& genesis() const override { return world_.genesis; }
    const std::string& genesis_json() const override { return world_.genesis_json; }
    std::shared_ptr<const ledger::Reader> snapshot() const override;
    std::shared_ptr<const ledger::PatriciaVersion> index_map() const override;
    NodeStatus status() const override;
    std::string checkpoint() const override;
    bool is_full() const override;
    void submit(ledger::CheckedTransaction transaction,
                std::function<void(std::optional<Refusal>)> done) override;
    bool is_pending(const ledger::TxId& id) const override;
    std::uint64_t watch(const ledger::TxId& id, std::function<void()> done) override;
    void unwatch(std::uint64_t ticket) override;
    std::uint64_t follow(std::function<void()> advanced) override;
    void unfollow(std::uint64_t ticket) override;

    // Transactions wait for commit_pending(); otherwise they are committed as they come.
    void hold(bool held);
    void commit_pending();
    // The same tree, signed at another time, as idle validators do.
    void cosign_again(TimeUs time_us);
    void refuse_as_busy(bool busy);
    void set_status(NodeStatus status);
    std::size_t watchers() const;
    std::size_t submissions() const;

private:
    void commit(std::vector<ledger::CheckedTransaction> transactions);
    void cosign(const ledger::Tip& tip, TimeUs time_us);

    const World& world_;
    mutable std::recursive_mutex mutex_;
    storage::MemoryStore store_;
    ledger::PatriciaTree map_;
    std::shared_ptr<const ledger::Reader> snapshot_;
    std::string note_;
    NodeStatus status_;
    std::vector<ledger::CheckedTransaction> pending_;
    std::map<std::uint64_t, std::pair<ledger::TxId, std::function<void()>>> watchers_;
    std::map<std::uint64_t, std::function<void()>> followers_;
    std::uint64_t next_ticket_ = 1;
    std::size_t submissions_ = 0;
    bool held_ = false;
    bool busy_ = false;
};

struct Answer {
    unsigned status = 0;
    std::map<std::string, std::string> headers;  // Names in lower case.
    std::string body;
    bool keep_alive = false;
};

// One connection; reads answers one after the other.
class Caller {
public:
    explicit Caller(std::uint16_t port);
    void send(std::string_view raw);
    // Nothing if the server closed the connection instead.
    std::optional<Answer> receive(bool is_head = false);
    Answer call(std::string_view method,
                std::string_view target,
                std::string_view body = {},
                std::string_view content_type = "application/json",
                std::string_view more_headers = {});
    Answer get(std::string_view target) { return call("GET", target); }

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_{context_};
    boost::beast::flat_buffer buffer_;
};

// World, node and server together.
struct Harness {
    explicit Harness(ApiConfig config = {});
    ~Harness();
    World world;
    FakeNode node{world};
    Metrics metrics;
    ApiServer server;

    // Signed, canonical bytes.
    std::string transaction(const SecretKey& key, std::vector<std::string> events);
    // Submits and waits; fails the test unless it is committed.
    void commit(const SecretKey& key, std::vector<std::string> events);
    // northbank grants unilab medcare's lab-results of the subject for research.
    void grant(const std::string& consent_id, const std::string& subject);
    // Proposed by the first administrator, approved by the other two.
    void put_in_force(const std::string& id, int version, const std::string& document);
};

std::string now_text(std::int64_t offset_ms = 0);
std::string request_event(const std::string& consent_id, const std::string& subject);
std::string authorise_event(const std::string& consent_id, const std::string& subject);
std::string withdraw_event(const std::string& consent_id);
std::string access_event(const std::string& event_id,
                         const std::string& consent_id,
                         const std::string& subject,
                         const std::string& purpose = "research");

}  // namespace consentree::node::test
