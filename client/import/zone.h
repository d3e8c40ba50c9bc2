// A time zone as data: an offset, or a POSIX TZ rule ("CET-1CEST,M3.5.0,M10.5.0/3"). The zone
// tables of a machine are not used: they differ from machine to machine, and the same inputs must
// give the same record everywhere. Pure values.
#pragma once

#include "common/types.h"

#include <optional>
#include <string_view>

namespace consentree::client::mapping {

// The w-th weekday (0 is Sunday) of a month, 5 is the last; at so many seconds of that day.
struct ZoneChange {
    unsigned month = 1, week = 1, weekday = 0;
    std::int64_t seconds = 7200;
    bool operator==(const ZoneChange&) const = default;
};

struct Zone {
    std::int64_t standard_ms = 0;  // East of Greenwich.
    std::int64_t summer_ms = 0;    // Equal to standard_ms: there is no summer time.
    ZoneChange begin, end;         // Of summer time, in the clock time that ends there.
    bool operator==(const Zone&) const = default;

    // A wall clock's reading, given as if it were UTC. A reading that the clock skips counts from
    // before the change, one that it shows twice is the first.
    TimeMs to_utc(TimeMs local) const;
};

// "Z", "+05:30", or a POSIX TZ rule whose changes have the form Mm.w.d[/time].
std::optional<Zone> parse_zone(std::string_view text);

}  // namespace consentree::client::mapping
