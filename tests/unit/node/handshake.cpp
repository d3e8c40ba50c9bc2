#include "node/handshake.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node;

namespace {

Hello sample() {
    Hello hello;
    hello.network.bytes.fill(0xA1);
    hello.epoch = 2;
    hello.validator = 3;
    hello.validator_set.bytes.fill(0xB2);
    hello.height = 77;
    return hello;
}

}  // namespace

TEST_CASE("hello: decoding gives back what was encoded, in the bytes of docs/formats.md") {
    const Bytes bytes = encode(sample());
    CHECK(bytes.size() == hello_bytes);
    CHECK(to_hex(BytesView(bytes).first(4)) == "0001a1a1");
    CHECK(to_hex(BytesView(bytes).subspan(34, 7)) == "000000020003b2");
    CHECK(to_hex(BytesView(bytes).last(8)) == "000000000000004d");
    const auto decoded = decode_hello(bytes);
    REQUIRE(decoded.has_value());
    CHECK(*decoded == sample());
}

TEST_CASE("hello: every shorter or longer encoding is refused") {
    Bytes bytes = encode(sample());
    for (std::size_t count = 0; count < bytes.size(); ++count) {
        CHECK_FALSE(decode_hello(BytesView(bytes).first(count)).has_value());
    }
    bytes.push_back(0);
    CHECK_FALSE(decode_hello(bytes).has_value());
}

TEST_CASE("hello: another protocol version is read whatever follows it") {
    const auto decoded = decode_hello(Bytes{0, 9, 1, 2, 3});
    REQUIRE(decoded.has_value());
    const auto mismatch = check_hello(sample(), *decoded, 3);
    REQUIRE(mismatch.has_value());
    CHECK(mismatch->what == "protocol version");
    CHECK(mismatch->ours == "1");
    CHECK(mismatch->theirs == "9");
}

TEST_CASE("hello: a mismatch names both values") {
    const Hello ours = sample();
    CHECK_FALSE(check_hello(ours, sample(), 3).has_value());
    Hello theirs = sample();
    theirs.height = 1;
    CHECK_FALSE(check_hello(ours, theirs, 3).has_value());
    SECTION("network") {
        theirs.network.bytes[0] = 0;
        const auto mismatch = check_hello(ours, theirs, 3);
        REQUIRE(mismatch.has_value());
        CHECK(mismatch->what == "network");
        CHECK(mismatch->ours == to_hex(ours.network.view()));
        CHECK(mismatch->theirs == to_hex(theirs.network.view()));
    }
    SECTION("epoch") {
        theirs.epoch = 5;
        CHECK(check_hello(ours, theirs, 3)->what == "epoch");
    }
    SECTION("validator set") {
        theirs.validator_set.bytes[31] = 0;
        CHECK(check_hello(ours, theirs, 3)->what == "validator set");
    }
    SECTION("validator") {
        const auto mismatch = check_hello(ours, theirs, 1);
        REQUIRE(mismatch.has_value());
        CHECK(mismatch->what == "validator");
        CHECK(mismatch->ours == "1");
        CHECK(mismatch->theirs == "3");
    }
}
