#include "ledger/scheme_limits.h"

#include "common/assert.h"
#include "common/time.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

constexpr TimeMs hour_ms = 3'600'000;

// Recipient before template before purpose before fetch before categories.
unsigned specificity(const LimitRow& row) {
    return (row.recipients.empty() ? 0u : 16u) | (row.templates.empty() ? 0u : 8u) |
           (row.purposes.empty() ? 0u : 4u) | (row.once ? 2u : 0u) |
           (row.categories.empty() ? 0u : 1u);
}

void add(LimitTable::Index& index, const std::vector<std::string>& names, RowMask bit) {
    if (names.empty()) index.any |= bit;
    for (const std::string& name : names) index.named[name] |= bit;
}

}  // namespace

TimeMs after(TimeMs time, const Span& span) {
    const auto value = static_cast<std::int64_t>(span.value);
    switch (span.unit) {
        case TimeUnit::hour: return time + value * hour_ms;
        case TimeUnit::day: return time + value * 24 * hour_ms;
        case TimeUnit::month: return add_months(time, value);
        case TimeUnit::year: break;
    }
    return add_months(time, 12 * value);
}

std::string_view unit_word(TimeUnit unit) {
    switch (unit) {
        case TimeUnit::hour: return "hour";
        case TimeUnit::day: return "day";
        case TimeUnit::month: return "month";
        case TimeUnit::year: break;
    }
    return "year";
}

std::string_view unit_word(const Retention& retention) {
    return retention.is_infinite ? "inf" : unit_word(retention.unit);
}

std::string in_words(const Span& span) {
    return std::to_string(span.value) + " " + std::string(unit_word(span.unit)) +
           (span.value == 1 ? "" : "s");
}

bool CodePattern::matches(std::string_view code) const {
    if (!is_open) return code == head;
    return code.size() >= head.size() + tail.size() && code.starts_with(head) &&
           code.ends_with(tail);
}

bool matches_any(const std::vector<CodePattern>& patterns, std::string_view code) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [code](const CodePattern& pattern) { return pattern.matches(code); });
}

RowMask LimitTable::Index::of(std::string_view name) const {
    const auto found = named.find(name);
    return found == named.end() ? any : any | found->second;
}

void LimitTable::compile() {
    CT_ASSERT(rows.size() <= limit_rows_max);
    std::stable_sort(rows.begin(), rows.end(), [](const LimitRow& one, const LimitRow& other) {
        return specificity(one) > specificity(other);
    });
    std::map<std::pair<std::string, std::string>, RowMask> open;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const LimitRow& row = rows[k];
        const RowMask bit = RowMask{1} << k;
        add(recipients, row.recipients, bit);
        add(templates, row.templates, bit);
        add(purposes, row.purposes, bit);
        if (row.once.value_or(true)) once |= bit;
        if (!row.once.value_or(false)) periodic |= bit;
        if (row.categories.empty()) exact_categories.any |= bit;
        for (const CodePattern& pattern : row.categories) {
            if (pattern.is_open) {
                open[{pattern.head, pattern.tail}] |= bit;
            } else {
                exact_categories.named[pattern.head] |= bit;
            }
        }
    }
    for (const auto& [parts, mask] : open) {
        open_categories.push_back({CodePattern{parts.first, parts.second, true}, mask});
    }
}

RowMask LimitTable::of_category(std::string_view category) const {
    RowMask mask = exact_categories.of(category);
    for (const auto& [pattern, rows_of_it] : open_categories) {
        if (pattern.matches(category)) mask |= rows_of_it;
    }
    return mask;
}

}  // namespace consentree::ledger
