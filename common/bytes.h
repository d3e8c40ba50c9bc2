// Byte strings, fixed-size byte values and their text forms.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace consentree {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

// N bytes with a meaning of their own: two values of different Tag do not mix.
template <std::size_t N, class Tag>
struct FixedBytes {
    static constexpr std::size_t byte_count = N;
    std::array<std::uint8_t, N> bytes{};

    // clang-tidy 14 mistakes the defaulted comparison's literal for a pointer.
    auto operator<=>(const FixedBytes&) const = default;  // NOLINT(modernize-use-nullptr)
    BytesView view() const { return bytes; }
    std::uint8_t* data() { return bytes.data(); }
    const std::uint8_t* data() const { return bytes.data(); }
    bool is_zero() const {
        return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
    }
    // Nothing unless view has exactly N bytes.
    static std::optional<FixedBytes> from(BytesView view) {
        if (view.size() != N) return std::nullopt;
        FixedBytes value;
        std::memcpy(value.bytes.data(), view.data(), N);
        return value;
    }
};

using Hash = FixedBytes<32, struct HashTag>;

inline BytesView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(BytesView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(BytesView view) {
    return Bytes(view.begin(), view.end());
}
inline bool equal(BytesView a, BytesView b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

// Lower-case hexadecimal; decoding is strict.
std::string to_hex(BytesView bytes);
std::optional<Bytes> from_hex(std::string_view text);
// RFC 4648 section 4 (standard alphabet, padded); decoding is strict and canonical.
std::string to_base64(BytesView bytes);
std::optional<Bytes> from_base64(std::string_view text);

template <class Fixed>
std::optional<Fixed> fixed_from_hex(std::string_view text) {
    auto bytes = from_hex(text);
    if (!bytes) return std::nullopt;
    return Fixed::from(*bytes);
}
template <class Fixed>
std::optional<Fixed> fixed_from_base64(std::string_view text) {
    auto bytes = from_base64(text);
    if (!bytes) return std::nullopt;
    return Fixed::from(*bytes);
}

// For hash maps whose keys are already uniform (hashes, keys, signatures).
struct UniformHash {
    template <std::size_t N, class Tag>
    std::size_t operator()(const FixedBytes<N, Tag>& value) const {
        static_assert(N >= sizeof(std::size_t));
        std::size_t head = 0;
        std::memcpy(&head, value.bytes.data(), sizeof head);
        return head;
    }
};

}  // namespace consentree
