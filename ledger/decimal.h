// Decimal numbers as the C2SP formats spell them: digits only, no sign, no leading zero.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace consentree::ledger {

inline std::optional<std::uint64_t> parse_decimal(std::string_view text) {
    if (text.empty() || (text.front() == '0' && text.size() > 1)) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace consentree::ledger
