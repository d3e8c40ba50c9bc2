#include "client/import/times.h"

#include "common/time.h"

#include <charconv>
#include <utility>

namespace consentree::client::mapping {

namespace {

constexpr TimeMs year_0 = -62'167'219'200'000;
constexpr TimeMs year_9999_end = 253'402'300'799'999;
constexpr std::int64_t day_s = 86'400;

constexpr std::pair<TimeStyle, std::string_view> styles[] = {
    {TimeStyle::rfc3339, "rfc3339"}, {TimeStyle::basic_offset, "basic-offset"},
    {TimeStyle::epoch_s, "epoch-s"}, {TimeStyle::epoch_ms, "epoch-ms"},
    {TimeStyle::date, "date"},       {TimeStyle::partial_date, "partial-date"},
    {TimeStyle::local, "local"},
};

std::optional<TimeMs> in_range(std::optional<TimeMs> time) {
    if (time && (*time < year_0 || *time > year_9999_end)) return std::nullopt;
    return time;
}

std::optional<std::int64_t> integer_of(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

// "…+0530" as "…+05:30".
std::string with_colon(std::string_view text) {
    std::string result(text);
    const std::size_t size = text.size();
    const bool basic = size > 5 && (text[size - 5] == '+' || text[size - 5] == '-');
    if (basic) result.insert(size - 2, ":");
    return result;
}

// The first moment of the day, month or year, or of the one after it, on that zone's clock.
std::optional<TimeMs> read_date(std::string_view text, bool partial, const Zone& zone, Edge edge) {
    const std::size_t size = text.size();
    if (!partial && size != 10) return std::nullopt;
    if (size != 4 && size != 7 && size != 10) return std::nullopt;
    const auto start = parse_date(std::string(text) + (size == 4   ? "-01-01"
                                                       : size == 7 ? "-01"
                                                                   : ""));
    if (!start) return std::nullopt;
    TimeMs local = *start;
    if (edge == Edge::end) {
        local = size == 10 ? local + day_s * 1000 : add_months(local, size == 7 ? 1 : 12);
    }
    return zone.to_utc(local);
}

}  // namespace

std::optional<TimeStyle> time_style_of(std::string_view name) {
    for (const auto& [style, known] : styles) {
        if (known == name) return style;
    }
    return std::nullopt;
}

std::string_view name_of(TimeStyle style) {
    return styles[static_cast<std::size_t>(style)].second;
}

bool needs_zone(TimeStyle style) {
    return style == TimeStyle::date || style == TimeStyle::partial_date ||
           style == TimeStyle::local;
}

std::optional<TimeMs> read_time(
    TimeStyle style, std::string_view text, bool is_integer, const Zone* zone, Edge edge) {
    const bool epoch = style == TimeStyle::epoch_s || style == TimeStyle::epoch_ms;
    if (epoch != is_integer || (needs_zone(style) && zone == nullptr)) return std::nullopt;
    switch (style) {
        case TimeStyle::rfc3339: return in_range(parse_rfc3339(text));
        case TimeStyle::basic_offset: return in_range(parse_rfc3339(with_colon(text)));
        case TimeStyle::epoch_s: {
            const auto seconds = integer_of(text);
            if (!seconds || *seconds < 0 || *seconds >= 10'000'000'000) return std::nullopt;
            return *seconds * 1000;
        }
        case TimeStyle::epoch_ms: {
            const auto time = integer_of(text);
            if (!time || *time < 0) return std::nullopt;
            return in_range(time);
        }
        case TimeStyle::date: return in_range(read_date(text, false, *zone, edge));
        case TimeStyle::partial_date: return in_range(read_date(text, true, *zone, edge));
        case TimeStyle::local: {
            const auto reading = parse_rfc3339(std::string(text) + "Z");
            if (!reading) return std::nullopt;
            return in_range(zone->to_utc(*reading));
        }
    }
    return std::nullopt;
}

std::optional<Duration> parse_duration(std::string_view text) {
    if (!text.starts_with('P')) return std::nullopt;
    text.remove_prefix(1);
    Duration duration;
    bool in_clock = false;
    std::size_t next = 0;  // The designators come in this order, each at most once.
    bool any = false;
    while (!text.empty()) {
        if (text.front() == 'T' && !in_clock) {
            in_clock = true;
            next = 4;
            any = false;
            text.remove_prefix(1);
            continue;
        }
        std::size_t digits = 0;
        while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
        if (digits == 0 || digits > 9 || digits == text.size()) return std::nullopt;
        const std::int64_t count = *integer_of(text.substr(0, digits));
        const std::string_view designators = in_clock ? "....HMS" : "YMWD";
        const std::size_t at = designators.find(text[digits], next);
        if (at == std::string_view::npos || text[digits] == '.') return std::nullopt;
        static constexpr std::int64_t lengths[] = {1, 1, 7, 1, 3600, 60, 1};
        std::int64_t& part = at == 0   ? duration.years
                             : at == 1 ? duration.months
                             : at < 4  ? duration.days
                                       : duration.seconds;
        part += count * lengths[at];
        next = at + 1;
        any = true;
        text.remove_prefix(digits + 1);
    }
    if (!any || duration.years + duration.months / 12 > duration_years_max) return std::nullopt;
    return duration;
}

std::optional<TimeMs> add(TimeMs time, const Duration& duration) {
    const std::int64_t months = duration.years * 12 + duration.months;
    if (months > duration_years_max * 12 + 12) return std::nullopt;
    const TimeMs months_on = months == 0 ? time : add_months(time, months);
    return in_range(months_on + (duration.days * day_s + duration.seconds) * 1000);
}

std::optional<OneUnit> in_one_unit(const Duration& duration) {
    const bool calendar = duration.years != 0 || duration.months != 0;
    const bool fixed = duration.days != 0 || duration.seconds != 0;
    if (calendar && fixed) return std::nullopt;
    if (calendar && duration.months == 0) return OneUnit{"year", duration.years};
    if (calendar) return OneUnit{"month", duration.years * 12 + duration.months};
    if (duration.seconds == 0) return OneUnit{"day", duration.days};
    if (duration.seconds % 3600 != 0) return std::nullopt;
    return OneUnit{"hour", duration.days * 24 + duration.seconds / 3600};
}

}  // namespace consentree::client::mapping
