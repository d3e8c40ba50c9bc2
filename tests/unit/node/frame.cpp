#include "node/frame.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node;

namespace {

Bytes stream_of(const std::vector<SharedFrame>& frames) {
    Bytes stream;
    for (const auto& frame : frames) stream.insert(stream.end(), frame->begin(), frame->end());
    return stream;
}

// Every frame that the parser finds in the pieces, fed one after the other.
std::vector<Frame> parse(FrameParser& parser, const std::vector<BytesView>& pieces) {
    std::vector<Frame> frames;
    for (BytesView piece : pieces) {
        for (;;) {
            auto frame = parser.next(piece);
            REQUIRE(frame.has_value());
            if (!*frame) break;
            frames.push_back(std::move(**frame));
        }
        REQUIRE(piece.empty());
    }
    return frames;
}

void check_frames(const std::vector<Frame>& frames, const std::vector<SharedFrame>& expected) {
    REQUIRE(frames.size() == expected.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        CHECK(*make_frame(frames[i].type, frames[i].body) == *expected[i]);
    }
}

Errc error_of(BytesView stream, std::size_t body_limit) {
    FrameParser parser(body_limit);
    auto frame = parser.next(stream);
    REQUIRE_FALSE(frame.has_value());
    return static_cast<Errc>(frame.error().value());
}

Bytes header_of(std::uint32_t length, std::uint8_t type) {
    return {static_cast<std::uint8_t>(length >> 24), static_cast<std::uint8_t>(length >> 16),
            static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length), type};
}

}  // namespace

TEST_CASE("frame: a header is the length of the body, big-endian, and the type") {
    const Bytes body(258, 0xAB);
    const auto frame = make_frame(FrameType::batch, body);
    CHECK(to_hex(BytesView(*frame).first(6)) == "0000010203ab");
    CHECK(frame->size() == 5 + 258);
    CHECK(type_of(*frame) == FrameType::batch);
}

TEST_CASE("frame: the parser finds the same frames wherever the stream is cut") {
    const std::vector<SharedFrame> sent{
        make_frame(FrameType::hello, as_bytes("hello")), make_frame(FrameType::ping, {}),
        make_frame(FrameType::batch, Bytes(23, 7)), make_frame(FrameType::rejoin, as_bytes("x"))};
    const Bytes stream = stream_of(sent);
    const BytesView view(stream);
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        for (std::size_t second = first; second <= stream.size(); ++second) {
            FrameParser parser;
            check_frames(parse(parser, {view.first(first), view.subspan(first, second - first),
                                        view.subspan(second)}),
                         sent);
        }
    }
    std::vector<BytesView> bytes;
    for (std::size_t i = 0; i < stream.size(); ++i) bytes.push_back(view.subspan(i, 1));
    FrameParser parser;
    check_frames(parse(parser, bytes), sent);
}

TEST_CASE("frame: the parser refuses hostile lengths and types at the header") {
    CHECK(error_of(header_of(0xFFFFFFFF, 2), limits::frame_bytes) == Errc::too_large);
    CHECK(error_of(header_of(0x80000000, 2), limits::frame_bytes) == Errc::too_large);
    CHECK(error_of(header_of(limits::frame_bytes + 1, 2), limits::frame_bytes) == Errc::too_large);
    CHECK(error_of(header_of(81, 1), 80) == Errc::too_large);
    CHECK(error_of(header_of(0, 0), 80) == Errc::malformed);
    CHECK(error_of(header_of(0, 13), 80) == Errc::malformed);
    CHECK(error_of(header_of(0, 255), 80) == Errc::malformed);
    CHECK(error_of(as_bytes("GET / HTTP/1.1\r\n"), limits::frame_bytes) == Errc::too_large);
}

TEST_CASE("frame: the parser accepts a body of exactly the limit") {
    const auto frame = make_frame(FrameType::batch, Bytes(80, 1));
    FrameParser parser(80);
    check_frames(parse(parser, {*frame}), {frame});
}

TEST_CASE("frame: the queue sends urgent frames first and never splits one by another") {
    const auto batch = make_frame(FrameType::batch, Bytes(100, 1));
    const auto history = make_frame(FrameType::blocks_response, Bytes(50, 2));
    const auto vote = make_frame(FrameType::consensus, Bytes(10, 3));
    const auto cosignature = make_frame(FrameType::cosignature, Bytes(10, 4));
    FrameQueue queue(1000);
    REQUIRE(queue.push(batch));
    REQUIRE(queue.push(history));
    REQUIRE(queue.push(vote));
    Bytes out;
    queue.gather(out, 15 + 30);  // The vote, and the start of the batch.
    REQUIRE(queue.push(cosignature));
    while (!queue.empty()) queue.gather(out, 7);
    CHECK(out == stream_of({vote, batch, cosignature, history}));
}

TEST_CASE("frame: the queue is bounded by bytes and refuses without taking") {
    const auto frame = make_frame(FrameType::batch, Bytes(95, 1));
    FrameQueue queue(250);
    CHECK(queue.push(frame));
    CHECK(queue.push(frame));
    CHECK_FALSE(queue.push(frame));
    CHECK(queue.bytes() == 200);
    Bytes out;
    queue.gather(out, 50);
    CHECK(queue.push(frame));
    CHECK(queue.bytes() == 250);
    CHECK_FALSE(queue.push(make_frame(FrameType::ping, {})));
}
