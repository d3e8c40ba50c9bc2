#include "client/import/decimal.h"

#include <algorithm>

namespace consentree::client::mapping {

namespace {

constexpr int exponent_max = 1000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The digits at the front of text, taken off it.
std::string_view take_digits(std::string_view& text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    const std::string_view digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

// "e-3" and the like, to the end of text. Nothing if it is no exponent.
std::optional<int> read_exponent(std::string_view text) {
    if (text.empty()) return 0;
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    text.remove_prefix(1);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const std::string_view digits = take_digits(text);
    if (digits.empty() || !text.empty()) return std::nullopt;
    int value = 0;
    for (const char c : digits) {
        value = value * 10 + (c - '0');
        if (value > exponent_max) return std::nullopt;
    }
    return negative ? -value : value;
}

void normalise(Decimal& value) {
    while (value.scale > 0 && value.digits.back() == '0') {
        value.digits.pop_back();
        --value.scale;
        if (value.digits.empty()) value.digits = "0";
    }
    const std::size_t zeros =
        std::min(value.digits.find_first_not_of('0'), value.digits.size() - 1);
    value.digits.erase(0, zeros);
    if (value.digits == "0") value = Decimal{};
}

// By a number below 2^32: schoolbook, from the last digit.
std::string multiply(const std::string& digits, std::uint32_t by) {
    std::string product;
    std::uint64_t carry = 0;
    for (auto at = digits.rbegin(); at != digits.rend() || carry != 0;) {
        if (at != digits.rend()) {
            carry += static_cast<std::uint64_t>(*at - '0') * by;
            ++at;
        }
        product += static_cast<char>('0' + carry % 10);
        carry /= 10;
    }
    std::reverse(product.begin(), product.end());
    return product;
}

// One up at the last digit.
void increment(std::string& digits) {
    for (auto at = digits.rbegin(); at != digits.rend(); ++at) {
        if (*at != '9') {
            ++*at;
            return;
        }
        *at = '0';
    }
    digits.insert(digits.begin(), '1');
}

}  // namespace

std::optional<Decimal> parse_decimal_number(std::string_view text) {
    Decimal value;
    if (text.starts_with('-')) {
        value.negative = true;
        text.remove_prefix(1);
    }
    const std::string_view whole = take_digits(text);
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
    std::string_view fraction;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        fraction = take_digits(text);
        if (fraction.empty()) return std::nullopt;
    }
    const auto exponent = read_exponent(text);
    if (!exponent || whole.size() + fraction.size() > 1000) return std::nullopt;
    value.digits = std::string(whole) + std::string(fraction);
    if (value.digits.find_first_not_of('0') == std::string::npos) return Decimal{};
    int scale = static_cast<int>(fraction.size()) - *exponent;
    if (scale < 0) {
        if (value.digits.size() + static_cast<std::size_t>(-scale) > 2 * decimal_digits) {
            return std::nullopt;
        }
        value.digits.append(static_cast<std::size_t>(-scale), '0');
        scale = 0;
    }
    value.scale = static_cast<unsigned>(scale);
    normalise(value);
    if (value.digits.size() > decimal_digits || value.scale > decimal_digits) return std::nullopt;
    return value;
}

std::string format_decimal(const Decimal& value) {
    std::string digits = value.digits;
    if (digits.size() <= value.scale) digits.insert(0, value.scale + 1 - digits.size(), '0');
    if (value.scale > 0) digits.insert(digits.size() - value.scale, ".");
    return (value.negative ? "-" : "") + digits;
}

std::optional<Scaled> scale_decimal(const Decimal& value,
                                    std::uint32_t times,
                                    std::uint32_t per,
                                    std::optional<unsigned> places) {
    if (times == 0 || per == 0) return std::nullopt;
    const std::string product = multiply(value.digits, times);
    // Long division, which goes on behind the last digit until nothing is left.
    Scaled result;
    result.value.negative = value.negative;
    result.value.digits.clear();
    std::uint64_t rest = 0;
    for (const char c : product) {
        rest = rest * 10 + static_cast<std::uint64_t>(c - '0');
        result.value.digits += static_cast<char>('0' + rest / per);
        rest %= per;
    }
    unsigned scale = value.scale;
    const unsigned most = places.value_or(decimal_digits);
    for (; rest != 0 && scale < most; ++scale) {
        rest *= 10;
        result.value.digits += static_cast<char>('0' + rest / per);
        rest %= per;
    }
    if (rest != 0 || (places && scale > *places)) {
        if (!places) return std::nullopt;
        // What stands behind the last place decides: half goes to the even neighbour.
        std::string& digits = result.value.digits;
        const std::size_t cut = scale - *places;
        if (digits.size() < cut + 1) digits.insert(0, cut + 1 - digits.size(), '0');
        const std::string tail = digits.substr(digits.size() - cut);
        digits.resize(digits.size() - cut);
        scale = *places;
        const bool tail_zero = tail.find_first_not_of('0') == std::string::npos;
        result.exact = rest == 0 && tail_zero;
        int against_half = 0;  // Of the whole tail, rest included.
        if (cut == 0) {
            against_half = rest * 2 < per ? -1 : rest * 2 > per ? 1 : 0;
        } else {
            against_half = tail.front() < '5' ? -1 : tail.front() > '5' ? 1 : 0;
            const bool more = rest != 0 || tail.find_first_not_of('0', 1) != std::string::npos;
            if (against_half == 0 && more) against_half = 1;
        }
        const bool odd = (digits.back() - '0') % 2 != 0;
        if (against_half > 0 || (against_half == 0 && odd)) increment(digits);
    }
    result.value.scale = scale;
    normalise(result.value);
    if (result.value.digits.size() > decimal_digits) return std::nullopt;
    return result;
}

}  // namespace consentree::client::mapping
