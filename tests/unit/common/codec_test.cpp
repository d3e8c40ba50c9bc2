#include "common/codec.h"

#include <catch2/catch.hpp>

using namespace consentree;

namespace {
Bytes sample() {
    Writer out;
    out.u8(0x01);
    out.u16(0x0203);
    out.u32(0x04050607);
    out.u64(0x08090a0b0c0d0e0f);
    out.boolean(true);
    out.blob(Bytes{0xaa, 0xbb});
    out.text("hi");
    return out.take();
}
}  // namespace

TEST_CASE("codec: integers are big-endian and counts go first") {
    CHECK(to_hex(sample()) == "0102030405060708090a0b0c0d0e0f0100000002aabb000000026869");
}

TEST_CASE("codec: reads back what was written") {
    const Bytes bytes = sample();
    Reader input(bytes);
    CHECK(input.u8() == 0x01);
    CHECK(input.u16() == 0x0203);
    CHECK(input.u32() == 0x04050607);
    CHECK(input.u64() == 0x08090a0b0c0d0e0f);
    CHECK(input.boolean());
    CHECK(equal(input.blob(2), Bytes{0xaa, 0xbb}));
    CHECK(input.text(2) == "hi");
    CHECK(input.finish());
}

TEST_CASE("codec: every cut is truncated, every extra byte is trailing") {
    const Bytes whole = sample();
    const auto read = [](BytesView bytes) {
        Reader input(bytes);
        input.u8();
        input.u16();
        input.u32();
        input.u64();
        input.boolean();
        input.blob(2);
        input.text(2);
        return input.finish();
    };
    for (std::size_t count = 0; count < whole.size(); ++count) {
        CHECK(read(BytesView(whole).first(count)).error() == make_error_code(Errc::truncated));
    }
    Bytes longer = whole;
    longer.push_back(0);
    CHECK(read(longer).error() == make_error_code(Errc::trailing_bytes));
}

TEST_CASE("codec: limits are checked before anything is read") {
    const Bytes huge{0xff, 0xff, 0xff, 0xff, 1};
    Reader blob(huge);
    CHECK(blob.blob(1 << 20).empty());
    CHECK(blob.finish().error() == make_error_code(Errc::too_large));
    Reader above_limit(huge);
    CHECK(above_limit.count(100, 1) == 0);
    CHECK(above_limit.finish().error() == make_error_code(Errc::too_large));
    const Bytes three{0, 0, 0, 3, 1, 2};
    Reader above_input(three);
    CHECK(above_input.count(100, 1) == 0);
    CHECK(above_input.finish().error() == make_error_code(Errc::truncated));
}

TEST_CASE("codec: the first error sticks and later reads give zero") {
    const Bytes bytes{2, 1, 1, 1, 1, 1};
    Reader input(bytes);
    input.boolean();  // 2 is no boolean.
    CHECK(input.failed());
    CHECK(input.u32() == 0);
    CHECK(input.finish().error() == make_error_code(Errc::not_canonical));
}
