// Batches of one lane as another validator takes them in: within its bounds, and without losing
// any.
#include "node/batch_pool.h"

#include "common/limits.h"
#include "storage/memory_store.h"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node;

namespace {

constexpr ValidatorIndex self = 0, owner = 1, other = 2;

struct LaneOfAnother {
    LaneOfAnother() {
        init_crypto();
        genesis.network.bytes.fill(0x11);
        for (int i = 0; i < 4; ++i) {
            keys.push_back(SecretKey::generate());
            ledger::ValidatorEntry entry;
            entry.institution = "institution-" + std::to_string(i);
            entry.identity = keys.back().public_key();
            genesis.validators.push_back(entry);
        }
        const std::string event = R"({"type":"policy.approve","id":"p","version":1,"sha256":")" +
                                  std::string(64, 'a') +
                                  R"(","occurred_at":"2026-11-22T09:00:00.000Z"})";
        const auto bytes = std::make_shared<const Bytes>(ledger::encode(ledger::sign_transaction(
            keys[other], genesis.network, 1'795'000'000'000, random_bytes(16), {event})));
        one = ledger::check_transaction(bytes, *bytes, genesis.network).value();
        peers = std::make_unique<PeerPool>(loop, genesis, self, keys[self],
                                           std::vector<std::optional<PeerPool::Address>>(4),
                                           PeerPool::Handlers{});
        pool.emplace(
            workers, disk, store, genesis, self,
            BatchPool::Handlers{[](const ledger::BatchRef&) {}, [](const ledger::BatchRef&) {}});
        pool->use_peers(*peers);
    }
    ~LaneOfAnother() { workers.join(); }

    Bytes batch(std::uint64_t seq) const {
        return to_bytes(
            ledger::seal_batch(genesis, owner, seq, Hash{}, keys[owner], {*one})->encoded());
    }
    void order_until(std::uint64_t next_seq) {
        std::vector<ledger::LaneCursor> cursors(4, ledger::LaneCursor{1, Hash{}});
        cursors[owner].next_seq = next_seq;
        pool->advance(cursors);
    }
    std::size_t held() const { return pool->lane_count(owner); }

    boost::asio::io_context loop{1};
    ledger::Genesis genesis;
    std::vector<SecretKey> keys;
    std::optional<ledger::CheckedTransaction> one;
    Workers workers{loop};
    storage::MemoryStore store;
    Metrics metrics;
    Disk disk{store, metrics};
    std::unique_ptr<PeerPool> peers;
    std::optional<BatchPool> pool;
};

}  // namespace

TEST_CASE("batch pool: what did not fit is asked for once there is room") {
    LaneOfAnother lane;
    constexpr std::uint64_t most = limits::lane_unordered_batches;
    for (std::uint64_t seq = 1; seq <= most + 3; ++seq) lane.pool->receive(owner, lane.batch(seq));
    CHECK(lane.held() == most);
    lane.pool->receive(other, lane.batch(most + 1));  // Nobody has asked for it.
    CHECK(lane.held() == most);

    lane.order_until(most);  // One is left, and so there is room for the three.
    CHECK(lane.held() == 1);
    for (std::uint64_t seq = most + 1; seq <= most + 3; ++seq) {
        lane.pool->receive(other, lane.batch(seq));
    }
    CHECK(lane.held() == 4);
    lane.pool->receive(other, lane.batch(most + 4));
    CHECK(lane.held() == 4);
}

TEST_CASE("batch pool: an owner that runs ahead costs no more than its bounds") {
    LaneOfAnother lane;
    constexpr std::uint64_t most = limits::lane_unordered_batches;
    for (std::uint64_t seq = 1; seq <= 10 * most; ++seq) {
        lane.pool->receive(owner, lane.batch(seq));
    }
    CHECK(lane.held() == most);
    lane.order_until(most + 1);
    CHECK(lane.held() == 0);
    lane.pool->receive(other, lane.batch(2 * most + 1));  // It was not kept in mind.
    CHECK(lane.held() == 0);
    lane.pool->receive(other, lane.batch(most + 1));
    CHECK(lane.held() == 1);
    lane.order_until(most + 2);  // Asked for again would be what is ordered meanwhile.
    lane.pool->receive(other, lane.batch(most + 1));
    CHECK(lane.held() == 0);
}
