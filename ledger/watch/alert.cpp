#include "ledger/watch/alert.h"

#include "ledger/decimal.h"

#include <limits>

namespace consentree::ledger::watch {
namespace {

constexpr std::array<std::string_view, rule_count> rule_names{
    "after-end",         "near-cap",           "unconfirmed-delivery",
    "unmatched-receipt", "commitment-differs", "unusual-volume",
    "override",          "needs-review",       "breach",
    "overdue-request",   "retention-ended"};
constexpr std::array<std::string_view, 3> severity_names{"notice", "warning", "serious"};

template <class Value, std::size_t n>
std::optional<Value> named(const std::array<std::string_view, n>& names, std::string_view name) {
    for (std::size_t k = 0; k < n; ++k) {
        if (names[k] == name) return static_cast<Value>(k);
    }
    return std::nullopt;
}

}  // namespace

std::string_view rule_name(Rule rule) {
    return rule_names.at(static_cast<std::size_t>(rule));
}
std::optional<Rule> rule_of(std::string_view name) {
    return named<Rule>(rule_names, name);
}

std::string_view severity_name(Severity severity) {
    return severity_names.at(static_cast<std::size_t>(severity));
}
std::optional<Severity> severity_of(std::string_view name) {
    return named<Severity>(severity_names, name);
}

std::string format_position(const Position& position) {
    return std::to_string(position.leaf) + "." + std::to_string(position.ordinal);
}

std::optional<Position> parse_position(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto leaf = parse_decimal(text.substr(0, dot));
    const auto ordinal = parse_decimal(text.substr(dot + 1));
    if (!leaf || !ordinal || *ordinal > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
    }
    return Position{*leaf, static_cast<std::uint32_t>(*ordinal)};
}

std::string id_of(Rule rule, std::uint64_t leaf) {
    return std::string(rule_name(rule)) + ":" + std::to_string(leaf);
}

}  // namespace consentree::ledger::watch
