// Pools, strangers and their log lines on one loop and one thread, over loopback. Tests wait for
// conditions; the bound on waiting only turns a hang into a failure.
#pragma once

#include "node/async.h"
#include "node/handshake.h"
#include "node/log.h"
#include "node/peer_pool.h"
#include "node/tls.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <deque>

namespace consentree::node::test {

using asio::ip::tcp;

struct Received {
    ValidatorIndex from = 0;
    FrameType type = FrameType::ping;
    Bytes body;
};

struct PoolNode {
    std::unique_ptr<PeerPool> pool;
    std::vector<Received> received;
    std::vector<ValidatorIndex> ups, downs;
};

class PoolHarness {
public:
    explicit PoolHarness(std::size_t validators = 4) : nodes(validators) {
        for (std::size_t i = 0; i < validators; ++i) {
            keys.push_back(SecretKey::generate());
            ledger::ValidatorEntry entry;
            entry.institution = "institution-" + std::to_string(i);
            entry.identity = keys.back().public_key();
            genesis.validators.push_back(entry);
        }
        genesis.network.bytes.fill(0x11);
        addresses.resize(validators);
        options.back_off_min = std::chrono::milliseconds(1);
        options.back_off_max = std::chrono::milliseconds(20);
        log::capture([this](std::string_view line) { lines.emplace_back(line); });
    }
    ~PoolHarness() {
        for (PoolNode& node : nodes) node.pool.reset();
        log::configure({log::Format::json, log::Level::error});
    }

    // A pool that listens on a port of its own choice, or on the one it had before.
    PeerPool& make(ValidatorIndex index) { return make(index, genesis, keys[index]); }
    PeerPool& make(ValidatorIndex index, const ledger::Genesis& its_genesis, const SecretKey& key) {
        PoolNode& node = nodes[index];
        PeerPool::Handlers handlers;
        handlers.on_frame = [&node](ValidatorIndex from, FrameType type, Bytes body) {
            node.received.push_back({from, type, std::move(body)});
        };
        handlers.on_up = [&node](ValidatorIndex peer) { node.ups.push_back(peer); };
        handlers.on_down = [&node](ValidatorIndex peer) { node.downs.push_back(peer); };
        node.pool = std::make_unique<PeerPool>(loop, its_genesis, index, key, addresses,
                                               std::move(handlers), options);
        const std::uint16_t port = addresses[index] ? addresses[index]->port : std::uint16_t{0};
        REQUIRE(node.pool->listen({"127.0.0.1", port}).has_value());
        addresses[index] = PeerPool::Address{"127.0.0.1", node.pool->port()};
        return *node.pool;
    }
    // Highest index first, so that a dialler knows where the others listen.
    void start_all() {
        for (std::size_t i = nodes.size(); i-- > 0;) {
            make(static_cast<ValidatorIndex>(i));
            nodes[i].pool->start();
        }
    }

    template <class Condition>
    void wait_until(Condition condition) {
        const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(120);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > bound) {
                for (const std::string& line : lines) UNSCOPED_INFO(line);
                FAIL("the awaited condition did not come");
            }
            loop.restart();
            loop.run_one_for(std::chrono::milliseconds(50));
        }
    }
    void wait_for_mesh() {
        wait_until([this] {
            return std::all_of(nodes.begin(), nodes.end(), [this](const PoolNode& node) {
                const auto peers = node.pool->info();
                return peers.size() == nodes.size() - 1 &&
                       std::all_of(peers.begin(), peers.end(),
                                   [](const PeerInfo& peer) { return peer.connected; });
            });
        });
    }
    std::size_t count_lines(std::string_view part) const {
        return static_cast<std::size_t>(std::count_if(
            lines.begin(), lines.end(),
            [part](const std::string& line) { return line.find(part) != std::string::npos; }));
    }
    bool has_line(std::string_view part) const { return count_lines(part) > 0; }
    tcp::endpoint endpoint(ValidatorIndex index) const {
        return {asio::ip::make_address("127.0.0.1"), addresses[index]->port};
    }

    asio::io_context loop{1};
    ledger::Genesis genesis;
    std::vector<SecretKey> keys;
    std::vector<std::optional<PeerPool::Address>> addresses;
    PeerOptions options;
    std::deque<PoolNode> nodes;
    std::vector<std::string> lines;
};

// Connects, sends raw bytes, and notes when the other side closes.
class Stranger {
public:
    Stranger(asio::io_context& loop, const tcp::endpoint& to, BytesView bytes) : socket_(loop) {
        socket_.connect(to);
        if (!bytes.empty()) {
            asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ignored_);
        }
        read();
    }
    bool is_closed() const { return closed_; }

private:
    void read() {
        socket_.async_read_some(asio::buffer(buffer_),
                                [this](const boost::system::error_code& error, std::size_t) {
                                    if (error) {
                                        closed_ = true;
                                    } else {
                                        read();
                                    }
                                });
    }
    tcp::socket socket_;
    boost::system::error_code ignored_;
    std::array<std::uint8_t, 4096> buffer_{};
    bool closed_ = false;
};

// A validator's key in hostile hands: proper TLS, then whatever plain bytes it is told to send.
struct Impostor {
    Impostor(asio::io_context& loop, const SecretKey& key)
        : socket(loop),
          context(key),
          channel(context, TlsChannel::Side::dialer, [](const PublicKey&) { return true; }) {}

    // Ends when the other side closes. With reads false it stops reading after the handshake.
    static Awaitable<void> run(Impostor& self, tcp::endpoint to, Bytes plain, bool reads = true) {
        co_await self.socket.async_connect(to, use_result);
        Bytes buffer(65536);
        bool is_ready = false;
        for (;;) {
            if (!is_ready) {
                const auto state = self.channel.handshake();
                if (!state) break;
                is_ready = *state;
                if (is_ready && !self.channel.write(plain)) break;
            }
            const Bytes output = self.channel.take_output();
            co_await asio::async_write(self.socket, asio::buffer(output), use_result);
            if (is_ready && !reads) co_return;
            const auto [error, count] =
                co_await self.socket.async_read_some(asio::buffer(buffer), use_result);
            if (error) break;
            self.channel.feed(BytesView(buffer).first(count));
            while (is_ready) {
                const auto plain_count = self.channel.read(buffer);
                if (!plain_count || *plain_count == 0) break;
            }
        }
        self.is_closed = true;
    }

    tcp::socket socket;
    TlsContext context;
    TlsChannel channel;
    bool is_closed = false;
};

}  // namespace consentree::node::test
