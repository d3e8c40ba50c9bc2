// What the watch rules say: alerts, as values. An alert is no ledger data: it is what one node
// makes of committed entries by published rules (docs/alerts.md), and anyone with the log can make
// it again.
#pragma once

#include "common/types.h"

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace consentree::ledger::watch {

enum class Rule : std::uint8_t {
    after_end = 0,
    near_cap = 1,
    unconfirmed_delivery = 2,
    unmatched_receipt = 3,
    commitment_differs = 4,
    unusual_volume = 5,
    override_used = 6,
    needs_review = 7,
    breach = 8,
    overdue_request = 9,
    retention_ended = 10,
};
inline constexpr std::size_t rule_count = 11;
std::string_view rule_name(Rule rule);  // "after-end"
std::optional<Rule> rule_of(std::string_view name);
// Something that should have happened has not: such an alert ends when it does.
inline bool is_omission(Rule rule) {
    return rule == Rule::unconfirmed_delivery || rule == Rule::unmatched_receipt ||
           rule == Rule::overdue_request || rule == Rule::retention_ended;
}

enum class Severity : std::uint8_t { notice = 0, warning = 1, serious = 2 };
std::string_view severity_name(Severity severity);
std::optional<Severity> severity_of(std::string_view name);

// Where in the log something became known: a leaf, and 0 for its entry, 1, 2, ... for what the
// rules said when they had read it. Text: "40.0".
struct Position {
    std::uint64_t leaf = 0;
    std::uint32_t ordinal = 0;
    auto operator<=>(const Position&) const = default;
};
std::string format_position(const Position& position);
std::optional<Position> parse_position(std::string_view text);  // Only what the other one writes.

// "after-end:40"
std::string id_of(Rule rule, std::uint64_t leaf);

struct Moment {
    Position position;
    Height height = 0;
    TimeMs time = 0;  // Of the block.
};

struct Alert {
    Rule rule = Rule::after_end;
    Severity severity = Severity::notice;
    std::string sentence;
    std::string subject, provider, actor, issuer, consent_id;  // Empty where there is none.
    // The entry that it is about. Once the rule has spoken of it, it does not again: with the rule
    // it names the alert.
    std::uint64_t leaf = 0;
    Height height = 0;
    TimeMs time = 0;
    Moment raised;  // By that entry, or by the SEAL of the block in whose time it came.
    std::optional<Moment> ended;  // What was missing has come after all.
    std::string id() const { return id_of(rule, leaf); }
};

}  // namespace consentree::ledger::watch
