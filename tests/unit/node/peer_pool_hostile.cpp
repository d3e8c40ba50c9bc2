#include "tests/unit/node/pool_harness.h"

#include <openssl/ssl.h>

using namespace consentree;
using namespace consentree::node;
using namespace consentree::node::test;

namespace {

// The first bytes of a client that speaks TLS up to 1.2 only.
Bytes old_client_hello() {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_method()),
                                                                    &SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_connect(ssl.get());
    Bytes hello(BIO_ctrl_pending(SSL_get_wbio(ssl.get())));
    BIO_read(SSL_get_wbio(ssl.get()), hello.data(), static_cast<int>(hello.size()));
    return hello;
}

Bytes join(const std::vector<SharedFrame>& frames, BytesView rest = {}) {
    Bytes all;
    for (const auto& frame : frames) all.insert(all.end(), frame->begin(), frame->end());
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
}

SharedFrame hello_of(const PoolHarness& net, ValidatorIndex index) {
    return make_frame(FrameType::hello, encode(make_hello(net.genesis, index)));
}

using MakePlain = Bytes (*)(const SharedFrame& hello);

// Validator 0's key sends the plain bytes to validator 1 and must be closed for the reason.
void check_closed(MakePlain make_plain, std::string_view reason) {
    PoolHarness net;
    net.make(1).start();
    Impostor impostor(net.loop, net.keys[0]);
    Bytes plain = make_plain(hello_of(net, 0));
    spawn(net.loop.get_executor(), "impostor",
          Impostor::run(impostor, net.endpoint(1), std::move(plain)));
    net.wait_until([&] { return impostor.is_closed && net.has_line(reason); });
    CHECK_FALSE(net.nodes[1].pool->is_connected(0));
    CHECK(net.nodes[1].received.empty());
    CHECK(net.nodes[1].downs.size() == net.nodes[1].ups.size());
}

Bytes oversized(const SharedFrame& hello) {
    return join({hello}, Bytes{0, 0x80, 0, 1, 3});
}
Bytes unknown_type(const SharedFrame& hello) {
    return join({hello}, Bytes{0, 0, 0, 0, 99});
}
Bytes second_hello(const SharedFrame& hello) {
    return join({hello, hello});
}
Bytes no_hello(const SharedFrame&) {
    return join({make_frame(FrameType::status, Bytes(3))});
}
Bytes long_hello(const SharedFrame&) {
    return join({make_frame(FrameType::hello, Bytes(81))});
}
Bytes short_hello(const SharedFrame&) {
    return join({make_frame(FrameType::hello, Bytes{0, 1, 2})});
}

}  // namespace

TEST_CASE("hostile peer: a key that is not registered is refused in one line that names it") {
    PoolHarness net;
    const SecretKey unknown = SecretKey::generate();
    net.make(1).start();
    Impostor impostor(net.loop, unknown);
    spawn(net.loop.get_executor(), "impostor",
          Impostor::run(impostor, net.endpoint(1), join({hello_of(net, 0)})));
    net.wait_until([&] { return impostor.is_closed && net.has_line("refused a peer"); });
    CHECK(net.lines.size() == 1);
    CHECK(net.has_line(fingerprint(unknown.public_key())));
    CHECK(net.nodes[1].ups.empty());
}

TEST_CASE("hostile peer: another validator at a dialled address is refused by its key") {
    PoolHarness net;
    net.make(2).start();
    net.addresses[1] = net.addresses[2];  // Validator 2 answers where 1 should.
    net.addresses[2].reset();
    net.make(0).start();
    net.wait_until([&] { return net.has_line("cannot connect to peer"); });
    CHECK(net.has_line(fingerprint(net.keys[2].public_key())));
    CHECK(net.nodes[0].ups.empty());
}

TEST_CASE("hostile peer: another network is refused by both sides, each naming both ids") {
    PoolHarness net(2);
    ledger::Genesis other = net.genesis;
    other.network.bytes.fill(0x22);
    net.make(1).start();
    net.make(0, other, net.keys[0]).start();
    const std::string first = to_hex(net.genesis.network.view());
    const std::string second = to_hex(other.network.view());
    net.wait_until([&] {
        return net.has_line("other network: ours " + first + ", theirs " + second) &&
               net.has_line("other network: ours " + second + ", theirs " + first);
    });
    CHECK(net.nodes[0].ups.empty());
    CHECK(net.nodes[1].ups.empty());
}

TEST_CASE("hostile peer: TLS 1.2 is refused") {
    PoolHarness net;
    net.make(1).start();
    Stranger stranger(net.loop, net.endpoint(1), old_client_hello());
    net.wait_until([&] { return stranger.is_closed() && !net.lines.empty(); });
    CHECK(net.has_line("unsupported protocol"));
}

TEST_CASE("hostile peer: what is not TLS is closed, without a storm in the log") {
    PoolHarness net(2);
    net.start_all();
    net.wait_for_mesh();
    const std::vector<Bytes> openings{to_bytes(as_bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
                                      Bytes(1000, 0), Bytes(70'000, 0xFF), join({hello_of(net, 0)}),
                                      random_bytes(500)};
    std::size_t closed = 0;
    for (int round = 0; round < 40; ++round) {
        for (const Bytes& opening : openings) {
            Stranger stranger(net.loop, net.endpoint(1), opening);
            net.wait_until([&] { return stranger.is_closed(); });
            ++closed;
        }
    }
    CHECK(closed == 200);
    CHECK(net.count_lines("refused a peer connection") <= 30);
    CHECK(net.nodes[1].pool->is_connected(0));
    CHECK(net.nodes[1].downs.empty());
}

TEST_CASE("hostile peer: a handshake that does not end is cut off by its deadline") {
    PoolHarness net;
    net.options.handshake = std::chrono::milliseconds(20);
    net.make(1).start();
    SECTION("nothing is sent") {
        Stranger stranger(net.loop, net.endpoint(1), {});
        net.wait_until([&] { return stranger.is_closed() && !net.lines.empty(); });
    }
    SECTION("half a client hello is sent") {
        const Bytes hello = old_client_hello();
        Stranger stranger(net.loop, net.endpoint(1), BytesView(hello).first(20));
        net.wait_until([&] { return stranger.is_closed() && !net.lines.empty(); });
    }
    SECTION("TLS is complete and no hello comes") {
        Impostor impostor(net.loop, net.keys[0]);
        spawn(net.loop.get_executor(), "impostor",
              Impostor::run(impostor, net.endpoint(1), Bytes{0}));
        net.wait_until([&] { return impostor.is_closed && !net.lines.empty(); });
    }
    CHECK(net.has_line("the handshake took too long"));
}

TEST_CASE("hostile peer: strangers that hold every place do not keep a validator out") {
    PoolHarness net(2);
    net.make(1).start();
    std::deque<Stranger> strangers;
    for (std::size_t i = 0; i < limits::peer_handshakes + 10; ++i) {
        strangers.emplace_back(net.loop, net.endpoint(1), BytesView());
    }
    net.wait_until([&] { return strangers[9].is_closed(); });
    net.make(0).start();
    net.wait_for_mesh();
    CHECK_FALSE(strangers.back().is_closed());
    CHECK(net.has_line("too many unfinished handshakes"));
    net.nodes[1].pool->stop();
    net.wait_until([&] { return strangers.back().is_closed(); });
}

TEST_CASE("hostile peer: frames that break the rules close the session") {
    check_closed(oversized, "a frame is too large");
    check_closed(unknown_type, "a frame is malformed");
    check_closed(second_hello, "it said hello twice");
    check_closed(no_hello, "its first frame is not a hello");
    check_closed(long_hello, "a frame is too large");
    check_closed(short_hello, "its first frame is not a hello");
}

TEST_CASE("hostile peer: a validator cannot speak for another, nor dial against the order") {
    PoolHarness net;
    net.make(2).start();
    SECTION("hello names another validator than the key") {
        Impostor impostor(net.loop, net.keys[0]);
        spawn(net.loop.get_executor(), "impostor",
              Impostor::run(impostor, net.endpoint(2), join({hello_of(net, 1)})));
        net.wait_until([&] { return impostor.is_closed && net.has_line("other validator"); });
        CHECK(net.has_line("ours 0, theirs 1"));
    }
    SECTION("a higher validator dials") {
        Impostor impostor(net.loop, net.keys[3]);
        spawn(net.loop.get_executor(), "impostor",
              Impostor::run(impostor, net.endpoint(2), join({hello_of(net, 3)})));
        net.wait_until([&] { return impostor.is_closed && net.has_line("lower index dials"); });
    }
    SECTION("its own key comes back to it") {
        Impostor impostor(net.loop, net.keys[2]);
        spawn(net.loop.get_executor(), "impostor",
              Impostor::run(impostor, net.endpoint(2), join({hello_of(net, 2)})));
        net.wait_until([&] { return impostor.is_closed && net.has_line("refused a peer"); });
    }
    CHECK(net.nodes[2].ups.empty());
}

TEST_CASE("hostile peer: a newer connection of a validator replaces its older one") {
    PoolHarness net;
    net.make(1).start();
    Impostor first(net.loop, net.keys[0]), second(net.loop, net.keys[0]);
    spawn(net.loop.get_executor(), "impostor",
          Impostor::run(first, net.endpoint(1), join({hello_of(net, 0)})));
    net.wait_until([&] { return net.nodes[1].ups.size() == 1; });
    spawn(net.loop.get_executor(), "impostor",
          Impostor::run(second, net.endpoint(1), join({hello_of(net, 0)})));
    net.wait_until([&] { return net.nodes[1].ups.size() == 2 && first.is_closed; });
    CHECK(net.nodes[1].downs.size() == 1);
    CHECK(net.nodes[1].pool->is_connected(0));
    CHECK_FALSE(second.is_closed);
    net.nodes[1].pool->stop();
    net.wait_until([&] { return second.is_closed; });
}

TEST_CASE("hostile peer: one that falls silent is closed") {
    PoolHarness net;
    net.options.ping = std::chrono::milliseconds(5);
    net.options.idle = std::chrono::milliseconds(30);
    net.make(1).start();
    Impostor impostor(net.loop, net.keys[0]);
    spawn(net.loop.get_executor(), "impostor",
          Impostor::run(impostor, net.endpoint(1), join({hello_of(net, 0)})));
    net.wait_until([&] { return impostor.is_closed; });
    CHECK(net.has_line("the peer is silent"));
    CHECK(net.nodes[1].downs.size() == 1);
}

TEST_CASE("hostile peer: one that stops reading is closed, and the queue with it") {
    PoolHarness net;
    net.options.ping = std::chrono::milliseconds(5);
    net.options.stall = std::chrono::milliseconds(30);
    net.make(1).start();
    Impostor impostor(net.loop, net.keys[0]);
    spawn(net.loop.get_executor(), "impostor",
          Impostor::run(impostor, net.endpoint(1), join({hello_of(net, 0)}), false));
    net.wait_until([&] { return net.nodes[1].pool->is_connected(0); });
    const auto frame = make_frame(FrameType::blocks_response, Bytes(4 << 20, 1));
    for (int i = 0; i < 12; ++i) CHECK(net.nodes[1].pool->send(0, frame));
    net.wait_until([&] { return !net.nodes[1].downs.empty(); });
    CHECK(net.has_line("the peer takes nothing"));
    CHECK(net.nodes[1].pool->info()[0].queued_bytes == 0);
}
