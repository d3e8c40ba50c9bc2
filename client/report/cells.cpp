#include "client/report/cells.h"

#include "common/time.h"
#include "ledger/decimal.h"

#include <nlohmann/json.hpp>

namespace consentree::client::report {

namespace {

constexpr std::int64_t months_max = 12 * 1000;
constexpr std::string_view separator = "; ";
constexpr TimeMs second_ms = 1000, minute_ms = 60 * second_ms, hour_ms = 60 * minute_ms,
                 day_ms = 24 * hour_ms;

std::vector<std::string> split(std::string_view text, std::string_view at) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(at), text.size());
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + at.size(), text.size()));
    }
    return parts;
}

std::string unit_name(ledger::TimeUnit unit) {
    switch (unit) {
        case ledger::TimeUnit::hour: return "hour";
        case ledger::TimeUnit::day: return "day";
        case ledger::TimeUnit::month: return "month";
        case ledger::TimeUnit::year: return "year";
    }
    return {};
}

}  // namespace

std::string list(const std::vector<std::string>& parts) {
    std::string joined;
    for (const std::string& part : parts) {
        if (!joined.empty()) joined += separator;
        joined += part;
    }
    return joined;
}

std::vector<std::string> parts_of(std::string_view cell) {
    return split(cell, separator);
}

std::vector<std::string> parts_of_words(std::string_view text) {
    return split(text, " ");
}

std::string text(const ledger::Resources& resources) {
    return resources.all ? "all" : list(resources.labels);
}

std::string text(const ledger::Fetch& fetch) {
    if (fetch.once) return "once";
    if (fetch.count == 0) return "periodic";
    return std::to_string(fetch.count) + " a " + unit_name(fetch.unit);
}

std::string text(const ledger::Retention& retention) {
    using Basis = ledger::Retention::Basis;
    if (retention.basis == Basis::until_time) return "until " + time_text(retention.until);
    if (retention.basis == Basis::until_event) return "until an event ends it";
    if (retention.is_infinite) return "without end";
    return std::to_string(retention.value) + " " + unit_name(retention.unit) +
           (retention.value == 1 ? "" : "s") + " from delivery";
}

std::string time_text(const std::optional<TimeMs>& time) {
    return time ? format_time(*time) : std::string();
}

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

std::string yes_no(bool value) {
    return value ? "yes" : "no";
}

std::string duration(TimeMs span) {
    const std::string sign = span < 0 ? "-" : "";
    const TimeMs size = span < 0 ? -span : span;
    const auto say = [&sign](TimeMs whole, const char* unit, TimeMs rest, const char* smaller) {
        return sign + std::to_string(whole) + " " + unit +
               (rest > 0 ? " " + std::to_string(rest) + " " + smaller : "");
    };
    if (size >= day_ms) return say(size / day_ms, "d", size % day_ms / hour_ms, "h");
    if (size >= hour_ms) return say(size / hour_ms, "h", size % hour_ms / minute_ms, "min");
    if (size >= minute_ms) return say(size / minute_ms, "min", size % minute_ms / second_ms, "s");
    if (size >= second_ms) return say(size / second_ms, "s", 0, "");
    return sign + std::to_string(size) + " ms";
}

std::optional<TimeMs> later(TimeMs time, std::string_view duration) {
    if (duration.size() < 2 || duration.size() > 6) return std::nullopt;
    const auto value = ledger::parse_decimal(duration.substr(0, duration.size() - 1));
    if (!value) return std::nullopt;
    const auto count = static_cast<std::int64_t>(*value);
    switch (duration.back()) {
        case 'h': return time + count * hour_ms;
        case 'd': return time + count * day_ms;
        case 'm': break;
        case 'y': break;
        default: return std::nullopt;
    }
    const std::int64_t months = duration.back() == 'y' ? count * 12 : count;
    if (months > months_max) return std::nullopt;
    return add_months(time, months);
}

std::string member(std::string_view json, const char* pointer) {
    const auto whole = nlohmann::ordered_json::parse(json, nullptr, false);
    const nlohmann::ordered_json::json_pointer at(pointer);
    if (whole.is_discarded() || !whole.contains(at)) return {};
    const auto& value = whole.at(at);
    if (value.is_string()) return value.get<std::string>();
    if (value.is_array()) {
        std::vector<std::string> parts;
        for (const auto& part : value) {
            if (!part.is_string()) return value.dump();
            parts.push_back(part.get<std::string>());
        }
        return list(parts);
    }
    return value.dump();
}

Column text_column(std::string_view name, bool in_table) {
    return {std::string(name), Column::Form::text, in_table};
}

Column number_column(std::string_view name, bool in_table) {
    return {std::string(name), Column::Form::number, in_table};
}

Column list_column(std::string_view name, bool in_table) {
    return {std::string(name), Column::Form::list, in_table};
}

}  // namespace consentree::client::report
