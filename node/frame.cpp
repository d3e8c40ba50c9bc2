#include "node/frame.h"

#include "common/assert.h"
#include "common/codec.h"

namespace consentree::node {

bool is_known(std::uint8_t frame_type) {
    return frame_type >= static_cast<std::uint8_t>(FrameType::hello) &&
           frame_type <= static_cast<std::uint8_t>(FrameType::rejoin);
}

bool is_urgent(FrameType type) {
    switch (type) {
        case FrameType::batch:
        case FrameType::blocks_response:
        case FrameType::checkpoint:
        case FrameType::evidence: return false;
        case FrameType::hello:
        case FrameType::consensus:
        case FrameType::batch_request:
        case FrameType::blocks_request:
        case FrameType::cosignature:
        case FrameType::status:
        case FrameType::ping:
        case FrameType::rejoin: return true;
    }
    return false;
}

SharedFrame make_frame(FrameType type, BytesView body) {
    CT_ASSERT(body.size() <= limits::frame_bytes);
    Writer writer;
    writer.reserve(frame_header_bytes + body.size());
    writer.u32(static_cast<std::uint32_t>(body.size()));
    writer.u8(static_cast<std::uint8_t>(type));
    writer.raw(body);
    return std::make_shared<const Bytes>(writer.take());
}

FrameType type_of(const Bytes& encoded_frame) {
    CT_ASSERT(encoded_frame.size() >= frame_header_bytes);
    return static_cast<FrameType>(encoded_frame[frame_header_bytes - 1]);
}

Result<std::optional<Frame>> FrameParser::next(BytesView& input) {
    if (header_count_ < frame_header_bytes) {
        const std::size_t taken = std::min(frame_header_bytes - header_count_, input.size());
        std::copy_n(input.data(), taken, header_.data() + header_count_);
        header_count_ += taken;
        input = input.subspan(taken);
        if (header_count_ < frame_header_bytes) return std::optional<Frame>();
        Reader reader(header_);
        body_bytes_ = reader.u32();
        const std::uint8_t type = reader.u8();
        if (body_bytes_ > body_limit_) return Errc::too_large;
        if (!is_known(type)) return Errc::malformed;
        frame_.type = static_cast<FrameType>(type);
        frame_.body.clear();
        // A whole frame at hand is taken in one piece; otherwise memory grows with what came.
        frame_.body.reserve(std::min(body_bytes_, std::max<std::size_t>(input.size(), 4096)));
    }
    const std::size_t taken = std::min(body_bytes_ - frame_.body.size(), input.size());
    const BytesView part = input.first(taken);
    frame_.body.insert(frame_.body.end(), part.begin(), part.end());
    input = input.subspan(taken);
    if (frame_.body.size() < body_bytes_) return std::optional<Frame>();
    header_count_ = 0;
    return std::optional<Frame>(std::exchange(frame_, Frame()));
}

bool FrameQueue::push(SharedFrame frame) {
    if (frame->size() > byte_limit_ - bytes_) return false;
    bytes_ += frame->size();
    (is_urgent(type_of(*frame)) ? urgent_ : bulk_).push_back(std::move(frame));
    return true;
}

void FrameQueue::gather(Bytes& out, std::size_t byte_count) {
    while (byte_count > 0 && bytes_ > 0) {
        if (!current_) {
            auto& queue = urgent_.empty() ? bulk_ : urgent_;
            current_ = std::move(queue.front());
            queue.pop_front();
            current_sent_ = 0;
        }
        const std::size_t taken = std::min(byte_count, current_->size() - current_sent_);
        const auto from = current_->begin() + static_cast<std::ptrdiff_t>(current_sent_);
        out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(taken));
        current_sent_ += taken;
        bytes_ -= taken;
        byte_count -= taken;
        if (current_sent_ == current_->size()) current_.reset();
    }
}

}  // namespace consentree::node
