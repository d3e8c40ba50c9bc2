#include "tests/integration/fault_proxy.h"

#include "common/codec.h"
#include "tests/unit/node/pool_harness.h"

using namespace consentree;
using namespace consentree::node;
using namespace consentree::node::test;
using consentree::test::Fault;
using consentree::test::FaultProxy;

namespace {

Bytes numbered(std::uint64_t number, std::size_t size) {
    Writer writer;
    writer.u64(number);
    writer.raw(Bytes(size, static_cast<std::uint8_t>(number)));
    return writer.take();
}

// Two validators with one bad link between them.
class BadLink {
public:
    explicit BadLink(std::uint64_t seed, Fault forward, Fault backward) {
        net.make(1).start();
        consentree::test::FaultProxyOptions options;
        options.listen = tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0);
        options.to = net.endpoint(1);
        options.seed = seed;
        options.forward = forward;
        options.backward = backward;
        options.delay_max = std::chrono::milliseconds(2);
        proxy = std::make_unique<FaultProxy>(net.loop, options);
        REQUIRE(proxy->start().has_value());
        net.addresses[1]->port = proxy->port();
        net.make(0).start();
    }
    // Numbered frames both ways until each side has so many. Frames in flight when a session
    // ends are lost; what arrives is whole, and in order.
    void exchange(std::size_t count) {
        std::array<std::uint64_t, 2> next{};
        net.wait_until([&] {
            for (std::size_t side = 0; side < 2; ++side) {
                const auto other = static_cast<ValidatorIndex>(1 - side);
                const bool is_far_ahead = next[side] > net.nodes[other].received.size() + 200;
                if (is_far_ahead && net.nodes[side].downs.empty()) continue;
                const Bytes body = numbered(next[side], next[side] * 37 % 3000);
                if (net.nodes[side].pool->send(other, make_frame(FrameType::batch, body))) {
                    ++next[side];
                }
            }
            return net.nodes[0].received.size() >= count && net.nodes[1].received.size() >= count;
        });
        for (const PoolNode& node : net.nodes) check_frames(node);
    }
    static void check_frames(const PoolNode& node) {
        std::optional<std::uint64_t> last;
        for (const Received& frame : node.received) {
            Reader reader(frame.body);
            const std::uint64_t number = reader.u64();
            REQUIRE(frame.body == numbered(number, number * 37 % 3000));
            REQUIRE((!last || number > *last));
            last = number;
        }
    }

    PoolHarness net{2};
    std::unique_ptr<FaultProxy> proxy;
};

}  // namespace

TEST_CASE("bad link: one-byte segments carry the same frames") {
    BadLink link(1, Fault::chop, Fault::chop);
    link.exchange(15);
    CHECK(link.net.nodes[0].ups.size() == 1);
    CHECK(link.proxy->connections() == 1);
}

TEST_CASE("bad link: delays reorder nothing") {
    BadLink link(2, Fault::delay, Fault::delay);
    link.exchange(200);
    CHECK(link.net.nodes[0].ups.size() == 1);
}

TEST_CASE("bad link: resets and drops in mid-frame lose frames, never damage one") {
    for (const Fault fault : {Fault::reset, Fault::drop, Fault::random}) {
        for (std::uint64_t seed = 1; seed <= 2; ++seed) {
            BadLink link(seed, fault, fault);
            link.exchange(100);
            CHECK(link.net.nodes[0].ups.size() > 1);
        }
    }
}

TEST_CASE("bad link: a stalled link goes on where it stopped") {
    BadLink link(4, Fault::none, Fault::none);
    link.net.wait_for_mesh();
    link.proxy->set_faults(Fault::stall, Fault::none);
    REQUIRE(link.net.nodes[1].pool->send(0, make_frame(FrameType::status, as_bytes("back"))));
    link.net.wait_until([&] { return link.net.nodes[0].received.size() == 1; });
    link.proxy->set_faults(Fault::none, Fault::none);
    REQUIRE(link.net.nodes[0].pool->send(1, make_frame(FrameType::status, as_bytes("forth"))));
    link.net.wait_until([&] { return link.net.nodes[1].received.size() == 1; });
    CHECK(link.net.nodes[0].downs.empty());
}

TEST_CASE("bad link: a cut link comes back") {
    BadLink link(5, Fault::none, Fault::none);
    link.net.wait_for_mesh();
    link.proxy->cut();
    link.net.wait_until([&] { return link.net.nodes[0].ups.size() == 2; });
    link.net.wait_for_mesh();
    CHECK(link.net.nodes[1].downs.size() == 1);
}
