// Peer frames: u32 body length (big-endian) | u8 type | body. Pure: bytes in, frames out.
// Owned by a session; any thread that owns the object. Never allocates a length it was only told.
#pragma once

#include "common/bytes.h"
#include "common/error.h"
#include "common/limits.h"

#include <deque>
#include <memory>

namespace consentree::node {

enum class FrameType : std::uint8_t {
    hello = 1,
    consensus = 2,
    batch = 3,
    batch_request = 4,
    blocks_request = 5,
    blocks_response = 6,
    cosignature = 7,
    status = 8,
    checkpoint = 9,
    evidence = 10,
    ping = 11,
    rejoin = 12,
};
bool is_known(std::uint8_t frame_type);
// Small frames on the path to finality overtake batches and history that wait in a queue.
bool is_urgent(FrameType type);

inline constexpr std::size_t frame_header_bytes = 5;

// An encoded frame, shared by all its recipients.
using SharedFrame = std::shared_ptr<const Bytes>;
// The body must not be larger than limits::frame_bytes.
SharedFrame make_frame(FrameType type, BytesView body);
FrameType type_of(const Bytes& encoded_frame);

struct Frame {
    FrameType type = FrameType::ping;
    Bytes body;
};

// Cuts a byte stream into frames, wherever the stream itself was cut.
class FrameParser {
public:
    explicit FrameParser(std::size_t body_limit = limits::frame_bytes) : body_limit_(body_limit) {}

    // Consumes from the front of input and returns the next frame, or nothing when input is used
    // up. Errc::too_large, Errc::malformed (unknown type): the stream is lost, close it.
    Result<std::optional<Frame>> next(BytesView& input);
    void set_body_limit(std::size_t bytes) { body_limit_ = bytes; }

private:
    std::size_t body_limit_;
    std::array<std::uint8_t, frame_header_bytes> header_{};
    std::size_t header_count_ = 0;
    std::size_t body_bytes_ = 0;
    Frame frame_;
};

// The bounded outgoing queue of one session: urgent frames first, each frame whole.
class FrameQueue {
public:
    explicit FrameQueue(std::size_t byte_limit) : byte_limit_(byte_limit) {}

    // False: the frame does not fit, and nothing was queued.
    bool push(SharedFrame frame);
    // Appends up to byte_count queued bytes to out. Frames are never interleaved; one that does
    // not fit goes on at the next call.
    void gather(Bytes& out, std::size_t byte_count);
    std::size_t bytes() const { return bytes_; }
    bool empty() const { return bytes_ == 0; }

private:
    std::size_t byte_limit_;
    std::size_t bytes_ = 0;
    std::deque<SharedFrame> urgent_, bulk_;
    SharedFrame current_;
    std::size_t current_sent_ = 0;
};

}  // namespace consentree::node
