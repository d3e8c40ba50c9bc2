// Instants as text (RFC 3339, UTC) and calendar arithmetic. Pure: nothing here reads a clock.
#pragma once

#include "common/types.h"

#include <optional>
#include <string>
#include <string_view>

namespace consentree {

// "2027-06-30T00:00:00.000Z". Years 0000 to 9999.
std::string format_time(TimeMs time);
// The one spelling that records use: UTC with "Z" and exactly three decimals.
std::optional<TimeMs> parse_time(std::string_view text);
// RFC 3339 at large: any offset, zero to nine decimals (cut to milliseconds), "T", "t" or " ".
std::optional<TimeMs> parse_rfc3339(std::string_view text);
// "2027-06-30", as its first millisecond in UTC.
std::optional<TimeMs> parse_date(std::string_view text);

struct CivilTime {
    std::int64_t year = 1970;
    unsigned month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0;
};
CivilTime to_civil(TimeMs time);
TimeMs from_civil(const CivilTime& civil);
// Same day and time that many months on; the day is clamped to the month's last.
TimeMs add_months(TimeMs time, std::int64_t months);

}  // namespace consentree
