#include "ledger/patricia.h"

#include "common/codec.h"

namespace consentree::ledger {
namespace {

// The last bit that two different keys can first differ in: where the longest key ends in 00 and
// the other is that key without its last byte.
constexpr std::size_t bit_max = patricia_bytes_max * 8;
// Of a varint up to bit_max, which is above every size that is allowed.
constexpr std::size_t varint_bytes_max = 2;
static_assert(bit_max < (std::size_t{1} << (7 * varint_bytes_max)));

// A short message on the stack: one call of the hash costs less than one for each part.
class Message {
public:
    void u8(std::uint8_t byte) { bytes_[size_++] = byte; }
    void varint(std::size_t value) {
        while (value >= 0x80) {
            u8(static_cast<std::uint8_t>((value & 0x7f) | 0x80));
            value >>= 7;
        }
        u8(static_cast<std::uint8_t>(value));
    }
    void raw(BytesView part) {
        std::copy(part.begin(), part.end(), bytes_.data() + size_);
        size_ += part.size();
    }
    BytesView view() const { return {bytes_.data(), size_}; }

    static constexpr std::size_t room = 128;

private:
    std::array<std::uint8_t, room> bytes_;
    std::size_t size_ = 0;
};
constexpr std::size_t varint64_bytes_max = 10;

std::size_t read_varint(consentree::Reader& input) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < varint_bytes_max; ++i) {
        const std::uint8_t byte = input.u8();
        value |= std::size_t{byte & 0x7fU} << (7 * i);
        if (byte >= 0x80) continue;
        if (byte == 0 && i > 0) input.fail(Errc::not_canonical);
        return value;
    }
    input.fail(Errc::malformed);
    return 0;
}

BytesView read_sized(consentree::Reader& input) {
    const std::size_t size = read_varint(input);
    if (size > patricia_bytes_max) input.fail(Errc::malformed);
    return input.raw(size);
}

// Where a path leads to from its leaf, and whether a search for a key comes down the same way.
struct Climb {
    Hash root;
    bool is_way_of_key = true;
};

// Reads the rest of the input. What it returns means nothing if the input has failed.
Climb climb(consentree::Reader& input, BytesView leaf_key, BytesView leaf_value, BytesView key) {
    Climb at{patricia_leaf(leaf_key, leaf_value)};
    std::size_t below = bit_max + 1;
    while (input.left() > 0 && !input.failed()) {
        const std::size_t bit = read_varint(input);
        const Hash sibling = input.fixed<Hash>();
        if (bit >= below) input.fail(Errc::malformed);
        if (input.failed()) break;
        below = bit;
        const bool is_right = patricia_bit(leaf_key, bit);
        at.root =
            is_right ? patricia_node(bit, sibling, at.root) : patricia_node(bit, at.root, sibling);
        if (patricia_bit(key, bit) != is_right) at.is_way_of_key = false;
    }
    return at;
}

}  // namespace

Hash patricia_empty() {
    return sha256(BytesView{});
}

Hash patricia_leaf(BytesView key, BytesView value) {
    const bool is_short = key.size() <= Message::room && value.size() <= Message::room &&
                          1 + 2 * varint64_bytes_max + key.size() + value.size() <= Message::room;
    Message head;
    head.u8(0x00);
    head.varint(key.size());
    if (is_short) {
        head.raw(key);
        head.varint(value.size());
        head.raw(value);
        return sha256(head.view());
    }
    Message middle;
    middle.varint(value.size());
    return sha256({head.view(), key, middle.view(), value});
}

Hash patricia_node(std::size_t bit, const Hash& left, const Hash& right) {
    Message message;
    message.u8(0x01);
    message.varint(bit);
    message.raw(left.view());
    message.raw(right.view());
    return sha256(message.view());
}

bool patricia_bit(BytesView key, std::size_t bit) {
    const std::size_t index = bit / 8;
    if (index >= key.size()) return index > key.size();
    return ((key[index] >> (7 - bit % 8)) & 1) == 1;
}

void append_varint(Bytes& out, std::size_t value) {
    Message message;
    message.varint(value);
    out.insert(out.end(), message.view().begin(), message.view().end());
}

Result<void> verify_presence(const Hash& root, BytesView key, BytesView value, BytesView proof) {
    if (key.size() > patricia_bytes_max || value.size() > patricia_bytes_max) {
        return Errc::malformed;
    }
    consentree::Reader input(proof);
    const Climb at = climb(input, key, value, key);
    if (input.failed()) return Errc::malformed;
    if (at.root != root) return Errc::proof_failed;
    return {};
}

Result<void> verify_absence(const Hash& root, BytesView key, BytesView proof) {
    if (key.size() > patricia_bytes_max) return Errc::malformed;
    if (proof.empty()) {
        if (root != patricia_empty()) return Errc::proof_failed;
        return {};
    }
    consentree::Reader input(proof);
    const BytesView leaf_key = read_sized(input);
    const BytesView leaf_value = read_sized(input);
    if (input.failed()) return Errc::malformed;
    const Climb at = climb(input, leaf_key, leaf_value, key);
    if (input.failed()) return Errc::malformed;
    if (at.root != root || !at.is_way_of_key || equal(leaf_key, key)) return Errc::proof_failed;
    return {};
}

}  // namespace consentree::ledger
