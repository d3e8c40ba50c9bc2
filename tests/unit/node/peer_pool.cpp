#include "node/peer_pool.h"

#include "tests/unit/node/pool_harness.h"

using namespace consentree;
using namespace consentree::node;
using namespace consentree::node::test;

TEST_CASE("peer pool: two validators find each other and exchange frames") {
    PoolHarness net(2);
    net.make(1).start();
    PeerPool& dialler = net.make(0);
    dialler.set_height(42);
    dialler.start();
    net.wait_for_mesh();
    CHECK(net.nodes[0].ups == std::vector<ValidatorIndex>{1});
    CHECK(net.nodes[1].ups == std::vector<ValidatorIndex>{0});
    CHECK(net.nodes[1].pool->info()[0].hello_height == 42);

    CHECK(net.nodes[0].pool->send(1, make_frame(FrameType::consensus, as_bytes("to one"))));
    CHECK(net.nodes[1].pool->send(0, make_frame(FrameType::batch, as_bytes("to zero"))));
    net.wait_until(
        [&] { return net.nodes[0].received.size() == 1 && net.nodes[1].received.size() == 1; });
    CHECK(net.nodes[1].received[0].from == 0);
    CHECK(net.nodes[1].received[0].type == FrameType::consensus);
    CHECK(as_text(net.nodes[1].received[0].body) == "to one");
    CHECK(as_text(net.nodes[0].received[0].body) == "to zero");
    const PeerInfo info = net.nodes[0].pool->info()[0];
    CHECK(info.institution == "institution-1");
    CHECK(info.bytes_in > 0);
    CHECK(info.bytes_out > 0);
    CHECK(info.since_ms > 0);
    CHECK(info.sessions == 1);
    CHECK_FALSE(net.nodes[0].pool->send(0, make_frame(FrameType::ping, {})));
}

TEST_CASE("peer pool: a broadcast reaches each of the others once") {
    PoolHarness net(4);
    net.start_all();
    net.wait_for_mesh();
    for (PoolNode& node : net.nodes) {
        node.pool->broadcast(make_frame(FrameType::status, as_bytes("here")));
    }
    net.wait_until([&] {
        return std::all_of(net.nodes.begin(), net.nodes.end(),
                           [](const PoolNode& node) { return node.received.size() == 3; });
    });
    for (const PoolNode& node : net.nodes) {
        std::vector<ValidatorIndex> senders;
        for (const Received& frame : node.received) senders.push_back(frame.from);
        std::sort(senders.begin(), senders.end());
        CHECK(std::unique(senders.begin(), senders.end()) == senders.end());
    }
}

TEST_CASE("peer pool: frames of every size arrive whole and in the order of their urgency") {
    PoolHarness net(2);
    net.start_all();
    net.wait_for_mesh();
    const std::vector<std::size_t> sizes{0, 1, 16'383, 65'536, 300'000, limits::frame_bytes};
    for (const std::size_t size : sizes) {
        REQUIRE(net.nodes[0].pool->send(1, make_frame(FrameType::batch, Bytes(size, 0x5A))));
    }
    REQUIRE(net.nodes[0].pool->send(1, make_frame(FrameType::consensus, as_bytes("vote"))));
    const auto& received = net.nodes[1].received;
    net.wait_until([&] { return received.size() == sizes.size() + 1; });
    CHECK(received[0].type == FrameType::consensus);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        CHECK(received[i + 1].body == Bytes(sizes[i], 0x5A));
    }
}

TEST_CASE("peer pool: a dropped session comes back by itself") {
    PoolHarness net(2);
    net.start_all();
    net.wait_for_mesh();
    net.nodes[1].pool->drop(0, "it broke a rule");
    CHECK_FALSE(net.nodes[1].pool->send(0, make_frame(FrameType::ping, {})));
    net.wait_until([&] { return net.nodes[0].ups.size() == 2 && net.nodes[1].ups.size() == 2; });
    CHECK(net.nodes[0].downs == std::vector<ValidatorIndex>{1});
    CHECK(net.nodes[1].downs == std::vector<ValidatorIndex>{0});
    CHECK(net.nodes[0].pool->info()[0].sessions == 2);
    CHECK(net.has_line("it broke a rule"));
}

TEST_CASE("peer pool: a restarted validator is dialled again until it listens") {
    PoolHarness net(2);
    net.start_all();
    net.wait_for_mesh();
    net.nodes[1].pool.reset();
    net.wait_until([&] { return net.has_line("cannot connect to peer"); });
    net.make(1).start();
    net.wait_for_mesh();
    CHECK(net.nodes[0].downs.size() == 1);
    CHECK(net.nodes[0].ups.size() == 2);
}

TEST_CASE("peer pool: each reason of a failed dial is told once, not at every try") {
    PoolHarness net(2);
    net.make(1);
    net.nodes[1].pool.reset();  // Its port refuses now.
    net.make(0).start();
    const auto tries = [&] { return net.count_lines("cannot connect to peer"); };
    net.wait_until([&] { return tries() > 5; });
    const auto warnings = std::count_if(net.lines.begin(), net.lines.end(), [](const auto& line) {
        return line.find("\"warn\"") != std::string::npos;
    });
    CHECK(warnings == 1);
}

TEST_CASE("peer pool: a full queue closes the session") {
    PoolHarness net(2);
    net.options.queue_bytes = 1 << 20;
    net.start_all();
    net.wait_for_mesh();
    const auto frame = make_frame(FrameType::batch, Bytes(256 * 1024, 1));
    int taken = 0;
    while (net.nodes[0].pool->send(1, frame)) ++taken;
    CHECK(taken == 3);
    CHECK_FALSE(net.nodes[0].pool->is_connected(1));
    CHECK(net.nodes[0].downs.empty());  // Never from inside send().
    net.wait_until([&] { return net.nodes[0].downs.size() == 1; });
    CHECK(net.has_line("its queue is full"));
    net.wait_for_mesh();
}

TEST_CASE("peer pool: idle sessions are kept alive by pings, which nobody sees") {
    PoolHarness net(2);
    net.options.ping = std::chrono::milliseconds(1);
    net.start_all();
    net.wait_for_mesh();
    const auto start = net.nodes[1].pool->info()[0].bytes_in;
    net.wait_until([&] { return net.nodes[1].pool->info()[0].bytes_in > start + 500; });
    CHECK(net.nodes[1].received.empty());
    CHECK(net.nodes[1].downs.empty());
}

TEST_CASE("peer pool: after stop nothing is called and nothing keeps the loop busy") {
    PoolHarness net(3);
    net.start_all();
    net.wait_for_mesh();
    net.nodes[0].pool->broadcast(make_frame(FrameType::batch, Bytes(1 << 20, 1)));
    for (PoolNode& node : net.nodes) node.pool->stop();
    for (PoolNode& node : net.nodes) {
        node.received.clear();
        node.downs.clear();
    }
    net.loop.restart();
    net.loop.run();
    for (const PoolNode& node : net.nodes) {
        CHECK(node.received.empty());
        CHECK(node.downs.empty());
    }
}

TEST_CASE("peer pool: a loop that goes with sessions open leaves nothing of the pool behind") {
    PoolHarness net(2);
    const auto token = std::make_shared<int>(1);
    {
        asio::io_context loop(1);
        std::size_t ups = 0;
        PeerPool::Handlers handlers;
        handlers.on_frame = [token](ValidatorIndex, FrameType, Bytes) {};
        handlers.on_up = [token, &ups](ValidatorIndex) { ++ups; };
        PeerPool acceptor(loop, net.genesis, 1, net.keys[1], {}, handlers, net.options);
        REQUIRE(acceptor.listen({"127.0.0.1", 0}).has_value());
        PeerPool dialler(loop, net.genesis, 0, net.keys[0],
                         {std::nullopt, PeerPool::Address{"127.0.0.1", acceptor.port()}}, handlers,
                         net.options);
        acceptor.start();
        dialler.start();
        while (ups < 2) REQUIRE(loop.run_one_for(std::chrono::seconds(30)) == 1);
        handlers = {};
        CHECK(token.use_count() > 1);
    }
    CHECK(token.use_count() == 1);
}

TEST_CASE("peer pool: an address that is taken is refused with a pointer") {
    PoolHarness net(2);
    net.make(0);
    PeerPool second(net.loop, net.genesis, 1, net.keys[1], {}, {});
    const auto listening = second.listen({"127.0.0.1", net.nodes[0].pool->port()});
    REQUIRE_FALSE(listening.has_value());
    CHECK(listening.error().code == "cannot-listen");
    CHECK(listening.error().pointer == "/peer/listen");
}
