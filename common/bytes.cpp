#include "common/bytes.h"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace consentree {

std::string to_hex(BytesView bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
    }
    return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
    if (text.empty()) return Bytes();  // libsodium takes no null pointer.
    if (text.size() % 2 != 0) return std::nullopt;
    // libsodium takes capitals too: one value has one form here.
    if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; })) {
        return std::nullopt;
    }
    Bytes bytes(text.size() / 2);
    std::size_t written = 0;
    if (sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &written,
                       nullptr) != 0 ||
        written != bytes.size()) {
        return std::nullopt;
    }
    return bytes;
}

// Answers of megabytes are made of it: libsodium's takes constant time for each digit, which
// nothing here needs, and is several times slower.
std::string to_base64(BytesView bytes) {
    static constexpr char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text((bytes.size() + 2) / 3 * 4, '=');
    std::size_t out = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? bytes[at + k] : 0U);
        for (std::size_t k = 0; k < 4; ++k, ++out) {
            if (k <= count) text[out] = digits[group >> (18 - 6 * k) & 63];
        }
    }
    return text;
}

namespace {

constexpr std::uint8_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> base64_values() {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    std::uint8_t next = 0;
    for (char c = 'A'; c <= 'Z'; ++c) values[static_cast<std::uint8_t>(c)] = next++;
    for (char c = 'a'; c <= 'z'; ++c) values[static_cast<std::uint8_t>(c)] = next++;
    for (char c = '0'; c <= '9'; ++c) values[static_cast<std::uint8_t>(c)] = next++;
    values['+'] = next++;
    values['/'] = next++;
    return values;
}

}  // namespace

// One text for one value: padded, without a bit that is not of the value.
std::optional<Bytes> from_base64(std::string_view text) {
    static constexpr auto values = base64_values();
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
        ++padding;
    }
    Bytes bytes(text.size() / 4 * 3 - padding);
    std::size_t out = 0;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const std::size_t skipped = at + 4 == text.size() ? padding : 0;
        std::uint32_t group = 0;
        std::uint8_t wrong = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const std::uint8_t value =
                k < 4 - skipped ? values[static_cast<std::uint8_t>(text[at + k])] : 0;
            wrong |= value & no_digit;
            group = group << 6 | value;
        }
        if (wrong != 0 || (group & ((1U << 8 * skipped) - 1)) != 0) return std::nullopt;
        for (std::size_t k = 0; k + skipped < 3; ++k, ++out) {
            bytes[out] = static_cast<std::uint8_t>(group >> (16 - 8 * k));
        }
    }
    return bytes;
}

}  // namespace consentree
