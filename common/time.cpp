#include "common/time.h"

#include <array>
#include <cstdio>

namespace consentree {
namespace {

constexpr TimeMs day_ms = 86'400'000;

// Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible
// low-level date algorithms").
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t shifted_month = month > 2 ? month - 3 : month + 9;
    const std::int64_t day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    const std::int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

unsigned days_in_month(std::int64_t year, unsigned month) {
    static constexpr std::array<unsigned, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

// Takes count digits from the front of text.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    unsigned value = 0;
    for (const char c : text.substr(0, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take_char(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

bool take_date(std::string_view& text, CivilTime& civil) {
    const auto year = take_digits(text, 4);
    if (!year || !take_char(text, "-")) return false;
    const auto month = take_digits(text, 2);
    if (!month || *month < 1 || *month > 12 || !take_char(text, "-")) return false;
    const auto day = take_digits(text, 2);
    if (!day || *day < 1 || *day > days_in_month(*year, *month)) return false;
    civil.year = *year;
    civil.month = *month;
    civil.day = *day;
    return true;
}

bool take_clock(std::string_view& text, CivilTime& civil) {
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 23 || !take_char(text, ":")) return false;
    const auto minute = take_digits(text, 2);
    if (!minute || *minute > 59 || !take_char(text, ":")) return false;
    const auto second = take_digits(text, 2);
    if (!second || *second > 59) return false;  // A leap second has no place in block time.
    civil.hour = *hour;
    civil.minute = *minute;
    civil.second = *second;
    return true;
}

}  // namespace

CivilTime to_civil(TimeMs time) {
    std::int64_t days = time / day_ms;
    std::int64_t in_day = time % day_ms;
    if (in_day < 0) {
        in_day += day_ms;
        days -= 1;
    }
    const std::int64_t shifted = days + 719468;
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const std::int64_t day_of_era = shifted - era * 146097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
    CivilTime civil;
    civil.day = static_cast<unsigned>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    civil.month = static_cast<unsigned>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    civil.year = year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0);
    civil.hour = static_cast<unsigned>(in_day / 3'600'000);
    civil.minute = static_cast<unsigned>(in_day / 60'000 % 60);
    civil.second = static_cast<unsigned>(in_day / 1000 % 60);
    civil.millisecond = static_cast<unsigned>(in_day % 1000);
    return civil;
}

TimeMs from_civil(const CivilTime& civil) {
    return days_from_civil(civil.year, civil.month, civil.day) * day_ms +
           static_cast<TimeMs>(civil.hour) * 3'600'000 +
           static_cast<TimeMs>(civil.minute) * 60'000 + static_cast<TimeMs>(civil.second) * 1000 +
           civil.millisecond;
}

std::string format_time(TimeMs time) {
    const CivilTime c = to_civil(time);
    std::array<char, 64> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%04lld-%02u-%02uT%02u:%02u:%02u.%03uZ",
        static_cast<long long>(c.year), c.month, c.day, c.hour, c.minute, c.second, c.millisecond);
    return std::string(text.data(), static_cast<std::size_t>(length));
}

std::optional<TimeMs> parse_time(std::string_view text) {
    if (text.size() != 24 || text[10] != 'T' || text[19] != '.' || text[23] != 'Z') {
        return std::nullopt;
    }
    return parse_rfc3339(text);
}

std::optional<TimeMs> parse_rfc3339(std::string_view text) {
    CivilTime civil;
    if (!take_date(text, civil) || !take_char(text, "Tt ") || !take_clock(text, civil)) {
        return std::nullopt;
    }
    if (take_char(text, ".")) {
        unsigned scale = 100;
        std::size_t count = 0;
        for (; count < 9; ++count) {
            const auto digit = take_digits(text, 1);
            if (!digit) break;
            civil.millisecond += *digit * scale;
            scale /= 10;
        }
        if (count == 0) return std::nullopt;
    }
    if (take_char(text, "Zz"))
        return text.empty() ? std::optional(from_civil(civil)) : std::nullopt;
    if (text.empty()) return std::nullopt;
    const bool ahead = text.front() == '+';
    if (!take_char(text, "+-")) return std::nullopt;
    const auto hours = take_digits(text, 2);
    if (!hours || *hours > 23 || !take_char(text, ":")) return std::nullopt;
    const auto minutes = take_digits(text, 2);
    if (!minutes || *minutes > 59 || !text.empty()) return std::nullopt;
    const TimeMs offset =
        static_cast<TimeMs>(*hours) * 3'600'000 + static_cast<TimeMs>(*minutes) * 60'000;
    return from_civil(civil) - (ahead ? offset : -offset);
}

std::optional<TimeMs> parse_date(std::string_view text) {
    CivilTime civil;
    if (!take_date(text, civil) || !text.empty()) return std::nullopt;
    return from_civil(civil);
}

TimeMs add_months(TimeMs time, std::int64_t months) {
    CivilTime civil = to_civil(time);
    const std::int64_t month =
        civil.year * 12 + static_cast<std::int64_t>(civil.month) - 1 + months;
    civil.year = month >= 0 ? month / 12 : (month - 11) / 12;
    civil.month = static_cast<unsigned>(month - civil.year * 12) + 1;
    const unsigned last = days_in_month(civil.year, civil.month);
    if (civil.day > last) civil.day = last;
    return from_civil(civil);
}

}  // namespace consentree
