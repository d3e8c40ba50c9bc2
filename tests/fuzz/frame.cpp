#include "node/frame.h"
#include "node/handshake.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {
namespace {

struct Parsed {
    std::vector<std::pair<node::FrameType, Bytes>> frames;
    bool failed = false;
    bool operator==(const Parsed&) const = default;
};

Parsed parse(BytesView stream, std::size_t piece_bytes) {
    node::FrameParser parser(limits::frame_bytes);
    Parsed parsed;
    while (!stream.empty() && !parsed.failed) {
        BytesView piece = stream.first(std::min(piece_bytes, stream.size()));
        stream = stream.subspan(piece.size());
        while (!parsed.failed) {
            auto frame = parser.next(piece);
            parsed.failed = !frame;
            if (!frame || !*frame) break;
            parsed.frames.emplace_back((*frame)->type, std::move((*frame)->body));
        }
    }
    return parsed;
}

}  // namespace

// The frames of a stream do not depend on where it was cut.
void fuzz(BytesView input) {
    const Parsed whole = parse(input, input.size() + 1);
    CT_ASSERT(parse(input, 1) == whole);
    CT_ASSERT(parse(input, 7) == whole);
    // Of another version only the number is read, so that the refusal can name it.
    const auto hello = node::decode_hello(input);
    if (hello && hello->version == node::peer_protocol_version) {
        CT_ASSERT(equal(encode(*hello), input));
    }
}

}  // namespace consentree
