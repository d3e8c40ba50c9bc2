// One validator: owns everything, and the order of its members is the architecture. Opened from a
// configuration, it runs until it is told to stop.
#pragma once

#include "node/board.h"
#include "node/config.h"
#include "node/cosigner.h"
#include "node/driver.h"
#include "node/facade.h"
#include "node/lane.h"
#include "node/metrics.h"
#include "node/rejoin.h"
#include "node/sync.h"

#include <boost/asio/signal_set.hpp>

namespace consentree::node {

class ApiServer;

class Node final : public Facade {
public:
    // Everything that can be refused is refused here, before a port is open.
    static Checked<std::unique_ptr<Node>> open(const Config& config);
    ~Node() override;

    // Serves until SIGTERM or SIGINT; then drains, and returns the exit code.
    Checked<int> run();

    const ledger::Genesis& genesis() const override { return genesis_; }
    const std::string& genesis_json() const override { return genesis_json_; }
    std::shared_ptr<const ledger::Reader> snapshot() const override { return board_.snapshot(); }
    std::shared_ptr<const ledger::PatriciaVersion> index_map() const override {
        return board_.index_map();
    }
    NodeStatus status() const override { return board_.status(); }
    std::string checkpoint() const override { return board_.note(); }
    bool is_full() const override { return lane_.is_full(); }
    void submit(ledger::CheckedTransaction transaction,
                std::function<void(std::optional<Refusal>)> done) override;
    bool is_pending(const ledger::TxId& id) const override { return board_.is_pending(id); }
    std::uint64_t watch(const ledger::TxId& id, std::function<void()> done) override {
        return board_.watch(id, std::move(done));
    }
    void unwatch(std::uint64_t ticket) override { board_.unwatch(ticket); }
    std::uint64_t follow(std::function<void()> advanced) override {
        return board_.follow(std::move(advanced));
    }
    void unfollow(std::uint64_t ticket) override { board_.unfollow(ticket); }

private:
    struct Parts;  // What open() has prepared.
    explicit Node(Parts parts);
    static Checked<Parts> prepare(const Config& config);
    consensus::Recovered recover(const ledger::Tip& tip);
    Cosigner::Handlers cosigner_handlers();
    PeerPool::Handlers peer_handlers();
    void rejoin(View floor);
    void restore_batches();
    void on_frame(ValidatorIndex from, FrameType type, Bytes body);
    void on_peer_up(ValidatorIndex peer);
    void on_durable(const ledger::Execution& execution, TimeUs previous_us);
    void count(const ledger::Execution& execution, TimeUs previous_us);
    void on_certified(const ledger::Checkpoint& checkpoint, std::string note);
    void tick();
    void announce();
    void publish();
    void keep_note();

    Config config_;
    std::string genesis_json_;
    ledger::Genesis genesis_;
    ValidatorIndex self_;
    ValidatorKeys keys_;
    consensus::ValidatorSet set_;
    std::unique_ptr<storage::Store> store_;
    std::unique_ptr<storage::VoteGuard> guard_;

    boost::asio::io_context loop_{1};
    Workers workers_;
    Metrics metrics_;
    Board board_;
    Disk disk_;
    Journal journal_;
    BatchPool pool_;
    Committer committer_;
    Lane lane_;
    Cosigner cosigner_;
    Rejoin rejoin_;
    Sync sync_;
    Driver driver_;
    PeerPool peers_;
    std::unique_ptr<ApiServer> api_;

    // Snapshots of durable blocks whose tree is not certified yet.
    struct Uncertified {
        Height height;
        std::uint64_t tree_size;
        std::shared_ptr<const ledger::Reader> snapshot;
        std::shared_ptr<const ledger::PatriciaVersion> map;
    };
    std::deque<Uncertified> uncertified_;
    std::string kept_note_;
    boost::asio::steady_timer ticker_;
    std::uint64_t ticks_ = 0;
    std::uint64_t disk_bytes_ = 0;  // Looked at once a second.
    std::uint64_t peer_bytes_in_ = 0, peer_bytes_out_ = 0;
};

}  // namespace consentree::node
