// Decimal numbers of any size that a source writes, kept exact: no binary floating point between
// the source's digits and the record's. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace consentree::client::mapping {

// A value as its digits: (-1)^negative * digits * 10^-scale. Normalised: no leading zero but one
// before the point, no trailing zero after it, and zero is never negative.
struct Decimal {
    bool negative = false;
    std::string digits = "0";  // Without point or sign; most significant first.
    unsigned scale = 0;        // Of the digits, how many stand behind the point.
    bool operator==(const Decimal&) const = default;
};

inline constexpr std::size_t decimal_digits = 40;

// JSON's grammar of numbers, exponent included. Nothing if it is none, or has more than
// decimal_digits digits when written out.
std::optional<Decimal> parse_decimal_number(std::string_view text);
std::string format_decimal(const Decimal& value);

// value * times / per, exact. Where that has no end (a third), or more digits than there may be,
// it is cut to `places` digits behind the point, half to even, and *exact becomes false; without
// places it is nothing. times and per are above 0.
struct Scaled {
    Decimal value;
    bool exact = true;
};
std::optional<Scaled> scale_decimal(const Decimal& value,
                                    std::uint32_t times,
                                    std::uint32_t per,
                                    std::optional<unsigned> places);

}  // namespace consentree::client::mapping
