#include "client/import/zone.h"

#include "common/time.h"

namespace consentree::client::mapping {

namespace {

constexpr std::int64_t day_ms = 86'400'000;

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_number(std::string_view& text, std::int64_t most) {
    std::int64_t value = 0;
    std::size_t count = 0;
    for (; count < text.size() && count < 3 && text[count] >= '0' && text[count] <= '9'; ++count) {
        value = value * 10 + (text[count] - '0');
    }
    text.remove_prefix(count);
    if (count == 0 || value > most) return std::nullopt;
    return value;
}

// "CEST", or "<+03>".
bool take_name(std::string_view& text) {
    const bool quoted = take(text, '<');
    std::size_t count = 0;
    for (; count < text.size(); ++count) {
        const char c = text[count];
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        const bool other = quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-');
        if (!letter && !other) break;
    }
    text.remove_prefix(count);
    return count >= 3 && count <= 8 && (!quoted || take(text, '>'));
}

// "[+-]h[h][:mm[:ss]]" in seconds.
std::optional<std::int64_t> take_clock(std::string_view& text, std::int64_t hours_max) {
    const bool negative = take(text, '-');
    if (!negative) take(text, '+');
    const auto hours = take_number(text, hours_max);
    if (!hours) return std::nullopt;
    std::int64_t seconds = *hours * 3600;
    for (const std::int64_t unit : {60, 1}) {
        if (!take(text, ':')) break;
        const auto part = take_number(text, 59);
        if (!part) return std::nullopt;
        seconds += *part * unit;
    }
    return negative ? -seconds : seconds;
}

std::optional<ZoneChange> take_change(std::string_view& text) {
    if (!take(text, ',') || !take(text, 'M')) return std::nullopt;
    const auto month = take_number(text, 12);
    if (!month || *month < 1 || !take(text, '.')) return std::nullopt;
    const auto week = take_number(text, 5);
    if (!week || *week < 1 || !take(text, '.')) return std::nullopt;
    const auto weekday = take_number(text, 6);
    if (!weekday) return std::nullopt;
    ZoneChange change{static_cast<unsigned>(*month), static_cast<unsigned>(*week),
                      static_cast<unsigned>(*weekday), 7200};
    if (take(text, '/')) {
        const auto seconds = take_clock(text, 167);
        if (!seconds) return std::nullopt;
        change.seconds = *seconds;
    }
    return change;
}

// "+05:30", strictly.
std::optional<Zone> parse_offset(std::string_view text) {
    if (text == "Z") return Zone{};
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
        return std::nullopt;
    }
    const auto seconds = take_clock(text, 14);
    if (!seconds || !text.empty()) return std::nullopt;
    return Zone{*seconds * 1000, *seconds * 1000, {}, {}};
}

// The change's moment in that year, as its wall clock reads.
TimeMs local_change(const ZoneChange& change, std::int64_t year) {
    CivilTime first;
    first.year = year;
    first.month = change.month;
    const TimeMs start = from_civil(first);
    const TimeMs next = add_months(start, 1);
    // 1970-01-01 was a Thursday.
    const std::int64_t days = start >= 0 ? start / day_ms : -((-start + day_ms - 1) / day_ms);
    const std::int64_t weekday = ((days + 4) % 7 + 7) % 7;
    const std::int64_t ahead = (static_cast<std::int64_t>(change.weekday) - weekday + 7) % 7;
    TimeMs day = start + (ahead + 7 * (static_cast<std::int64_t>(change.week) - 1)) * day_ms;
    while (day >= next) day -= 7 * day_ms;
    return day + change.seconds * 1000;
}

}  // namespace

TimeMs Zone::to_utc(TimeMs local) const {
    if (summer_ms == standard_ms) return local - standard_ms;
    const std::int64_t year = to_civil(local).year;
    // The clock jumps forward by the difference, so summer's first reading is that much later.
    const TimeMs from = local_change(begin, year) + (summer_ms - standard_ms);
    const TimeMs until = local_change(end, year);
    const bool summer =
        from < until ? local >= from && local < until : local >= from || local < until;
    return local - (summer ? summer_ms : standard_ms);
}

std::optional<Zone> parse_zone(std::string_view text) {
    if (text.size() > 64) return std::nullopt;
    if (text == "Z" || text.starts_with('+') || text.starts_with('-')) return parse_offset(text);
    if (!take_name(text)) return std::nullopt;
    // POSIX counts offsets west of Greenwich.
    const auto standard = take_clock(text, 24);
    if (!standard) return std::nullopt;
    Zone zone;
    zone.standard_ms = zone.summer_ms = -*standard * 1000;
    if (text.empty()) return zone;
    if (!take_name(text)) return std::nullopt;
    zone.summer_ms = zone.standard_ms + 3'600'000;
    if (!text.starts_with(',')) {
        const auto summer = take_clock(text, 24);
        if (!summer) return std::nullopt;
        zone.summer_ms = -*summer * 1000;
    }
    // No clock goes further forward than two hours.
    const std::int64_t forward = zone.summer_ms - zone.standard_ms;
    if (forward <= 0 || forward > 7'200'000) return std::nullopt;
    const auto begin = take_change(text);
    const auto end = begin ? take_change(text) : std::nullopt;
    if (!end || !text.empty()) return std::nullopt;
    zone.begin = *begin;
    zone.end = *end;
    return zone;
}

}  // namespace consentree::client::mapping
