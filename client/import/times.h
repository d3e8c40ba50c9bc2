// Instants, days and durations as source standards write them. Pure functions: what a text leaves
// open (the zone of a date) comes in from outside and is never guessed.
#pragma once

#include "client/import/zone.h"

#include <array>
#include <string>

namespace consentree::client::mapping {

enum class TimeStyle : std::uint8_t {
    rfc3339,
    basic_offset,  // "…+0530"
    epoch_s,       // Integers below 10^10: a larger one is taken for milliseconds.
    epoch_ms,
    date,          // "2017-11-01"
    partial_date,  // "2017", "2017-11", "2017-11-01"
    local,         // "2023-11-05T16:18:25", without an offset
};
std::optional<TimeStyle> time_style_of(std::string_view name);
std::string_view name_of(TimeStyle style);
// Whether a text of this style says nothing about its zone.
bool needs_zone(TimeStyle style);

enum class Edge : std::uint8_t {
    start,
    end
};  // Of a day, month or year: end is the next one's start.

// A number only for the epoch styles, a string only for the others. zone only where needed.
// Nothing if the text is not of the style, or names no time of the years 0000 to 9999.
std::optional<TimeMs> read_time(
    TimeStyle style, std::string_view text, bool is_integer, const Zone* zone, Edge edge);

// An ISO 8601 duration as it is written, weeks as seven days.
struct Duration {
    std::int64_t years = 0, months = 0, days = 0, seconds = 0;
    bool operator==(const Duration&) const = default;
};
inline constexpr std::int64_t duration_years_max = 1000;
// "P6M", "P1Y6M", "P2W", "P30D", "PT24H". No fractions, nothing negative.
std::optional<Duration> parse_duration(std::string_view text);
// Same day and time that many months on, clamped to the month's last; then the rest. Nothing
// beyond the year 9999.
std::optional<TimeMs> add(TimeMs time, const Duration& duration);

// As records say it, in one unit. Nothing if no unit can say it exactly.
struct OneUnit {
    std::string_view unit;
    std::int64_t value = 0;
};
std::optional<OneUnit> in_one_unit(const Duration& duration);

}  // namespace consentree::client::mapping
