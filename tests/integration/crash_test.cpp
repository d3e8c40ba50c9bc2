// Real processes under kill -9: nothing acknowledged is lost or doubled, the others go on, and all
// hold the same log afterwards.
#include "network.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

using namespace consentree;
using namespace consentree::integration;

namespace {

using Clock = std::chrono::steady_clock;

// Partners that submit without pause, each through its own order of nodes, and remember what was
// acknowledged with a verified receipt.
class Load {
public:
    Load(Network& network, std::size_t partners) {
        for (std::size_t partner = 0; partner < partners; ++partner) {
            threads_.emplace_back([this, &network, partner] { run(network, partner); });
        }
    }
    ~Load() { end(); }

    void end() {
        stop_ = true;
        for (std::thread& thread : threads_) {
            if (thread.joinable()) thread.join();
        }
    }
    std::uint64_t acknowledged() const { return count_; }
    std::set<std::string> transactions() {
        const std::lock_guard lock(mutex_);
        return acknowledged_;
    }
    double longest_pause_s() {
        const std::lock_guard lock(mutex_);
        return std::chrono::duration<double>(longest_pause_).count();
    }

private:
    void run(Network& network, std::size_t partner) {
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < network.size(); ++i)
            order.push_back((partner + i) % network.size());
        auto client = network.client(partner % network.size(), order);
        const std::string institution = network.files().nodes[partner % network.size()].institution;
        for (std::uint64_t number = 0; !stop_; ++number) {
            const auto done =
                client.submit_events({access_event(institution, partner * 1'000'000 + number)});
            if (!done || !done->committed) continue;
            const auto now = Clock::now();
            const std::lock_guard lock(mutex_);
            if (!acknowledged_.empty()) longest_pause_ = std::max(longest_pause_, now - last_);
            last_ = now;
            acknowledged_.insert(done->tx_id);
            count_ = acknowledged_.size();
        }
    }

    std::atomic<bool> stop_ = false;
    std::atomic<std::uint64_t> count_ = 0;
    std::mutex mutex_;
    std::set<std::string> acknowledged_;
    Clock::time_point last_;
    Clock::duration longest_pause_{};
    std::vector<std::thread> threads_;
};

void require_all_recorded(Network& network, const std::set<std::string>& transactions) {
    network.wait_for_one_height();
    for (std::size_t node = 0; node < network.size(); ++node) {
        auto client = network.client(0, {node});
        for (const std::string& id : transactions) {
            INFO("node " << node << ", transaction " << id);
            const auto status = client.transaction(id);
            REQUIRE(status);
            REQUIRE(status->status == "committed");
        }
    }
}

// How long a node is away: CATCH_UP_BLOCKS=10000 for the long form.
std::uint64_t blocks_away() {
    const char* blocks = std::getenv("CATCH_UP_BLOCKS");
    return blocks != nullptr ? std::strtoull(blocks, nullptr, 10) : 300;
}

}  // namespace

TEST_CASE("crash: kill -9 of one node after another loses nothing and the others go on") {
    Network network;
    network.start_all();
    Load load(network, 3);
    REQUIRE(wait_until([&] { return load.acknowledged() > 20; }));
    std::mt19937 random(7);
    for (int round = 0; round < 8; ++round) {
        const std::size_t victim = random() % network.size();
        network.kill(victim);
        const std::uint64_t before = load.acknowledged();
        REQUIRE(wait_until([&] { return load.acknowledged() > before + 20; }));
        network.start(victim);
        const std::uint64_t target = network.height(victim == 0 ? 1 : 0);
        REQUIRE(wait_until([&] { return network.height(victim) >= target; }, 60));
    }
    load.end();
    network.wait_ready();
    const auto acknowledged = load.transactions();
    WARN("acknowledged " << acknowledged.size() << ", longest pause " << load.longest_pause_s()
                         << " s");
    CHECK(load.longest_pause_s() < 2.0);
    require_all_recorded(network, acknowledged);
    const std::uint64_t entries = network.require_equal_stores();
    CHECK(entries >= acknowledged.size());
}

TEST_CASE("crash: kill -9 of all nodes at once, and everything acknowledged comes back") {
    Network network;
    network.start_all();
    std::set<std::string> acknowledged;
    for (int round = 0; round < 6; ++round) {
        Load load(network, 4);
        REQUIRE(wait_until([&] { return load.acknowledged() > 30; }));
        for (std::size_t node = 0; node < network.size(); ++node) network.kill(node);
        load.end();
        acknowledged.merge(load.transactions());
        network.start_all();
        require_all_recorded(network, acknowledged);
    }
    // They go on, too.
    const auto done =
        network.client(0, {2}).submit_events({access_event("northbank", 999'999'999)});
    REQUIRE(done);
    CHECK(done->receipt.verified());
    network.require_equal_stores();
}

TEST_CASE("crash: a node that was away catches up while the others go on") {
    Network network;
    network.start_all();
    network.kill(3);
    Load load(network, 3);
    const std::uint64_t blocks = blocks_away();
    REQUIRE(wait_until([&] { return network.height(0) >= blocks; }, 900));
    const auto began = Clock::now();
    network.start(3);
    REQUIRE(wait_until([&] { return network.height(3) >= blocks; }, 300));
    const std::chrono::duration<double> spent = Clock::now() - began;
    WARN("away for " << blocks << " blocks, caught up in " << spent.count()
                     << " s; longest pause of the others " << load.longest_pause_s() << " s");
    CHECK(load.longest_pause_s() < 2.0);
    load.end();
    network.wait_ready();
    require_all_recorded(network, load.transactions());
    network.require_equal_stores();
}

TEST_CASE(
    "crash: a node with an empty data folder takes everything from its peers and votes again") {
    Network network;
    network.start_all();
    auto client = network.client(0, {0});
    for (std::uint64_t number = 0; number < 20; ++number) {
        REQUIRE(client.submit_events({access_event("northbank", number)}));
    }
    REQUIRE(network.stop(1) == 0);
    std::filesystem::remove_all(network.data_dir(1));
    network.start(1);
    REQUIRE(wait_until([&] { return network.height(1) >= network.height(0); }, 60));
    // Some views must pass before a node that has forgotten its votes may vote again.
    for (std::uint64_t number = 20; number < 40; ++number) {
        REQUIRE(client.submit_events({access_event("northbank", number)}));
    }
    // With another node gone, nothing is final without the vote of the one that came back.
    network.kill(3);
    const auto done = client.submit_events({access_event("northbank", 100)});
    REQUIRE(done);
    CHECK(done->receipt.verified());
    network.start(3);
    network.wait_ready();
    network.require_equal_stores();
}
