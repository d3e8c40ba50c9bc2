// Tables of caps: rows with a key and the most that a consent or request of that key may ask for
// (docs/schemes.md, "Limits"). The key is compiled into bit masks, so that the row that decides is
// found in well under a microsecond.
#pragma once

#include "ledger/event.h"

#include <array>
#include <map>

namespace consentree::ledger {

// A length of time by the calendar: months and years end on the same day, clamped to the month's
// last; an hour is 3,600 seconds, a day 24 hours.
struct Span {
    TimeUnit unit = TimeUnit::day;
    std::uint32_t value = 0;
    bool operator==(const Span&) const = default;
};
TimeMs after(TimeMs time, const Span& span);
std::string in_words(const Span& span);  // "13 months"
std::string_view unit_word(TimeUnit unit);
// "inf" too.
std::string_view unit_word(const Retention& retention);

// A code, or one with a single * for any text.
struct CodePattern {
    std::string head, tail;
    bool is_open = false;  // There is a *.
    bool matches(std::string_view code) const;
};
bool matches_any(const std::vector<CodePattern>& patterns, std::string_view code);

// By TimeUnit - 1: the most per unit. 0 and none both forbid the unit.
struct UnitCaps {
    std::array<std::optional<std::uint32_t>, 4> most;
    std::uint32_t of(TimeUnit unit) const {
        return most[static_cast<std::size_t>(unit) - 1].value_or(0);
    }
};

struct LimitRow {
    std::string id;
    // The key. Empty: any.
    std::vector<std::string> recipients, templates, purposes;
    std::optional<bool> once;
    std::vector<CodePattern> categories;
    // The caps. None: no cap.
    std::vector<CodePattern> only;  // Of the categories that fall under the row.
    std::optional<UnitCaps> retention, frequency;
    std::optional<Span> life, data_range;
};

inline constexpr std::size_t limit_rows_max = 64;

// Bit k: row k of the table. The lowest bit set is the row that decides.
using RowMask = std::uint64_t;

struct LimitTable {
    // The more specific first, then as in the document (docs/schemes.md, "Which row decides").
    std::vector<LimitRow> rows;
    bool refuses_unlisted = false;  // What no row is for exceeds the limits.
    // A request for a longer range of data than the rows allow is let in for what they allow.
    bool trims_range = false;

    // Sorts the rows and makes the masks.
    void compile();

    // Rows by one part of their key.
    struct Index {
        RowMask any = 0;
        std::map<std::string, RowMask, std::less<>> named;
        RowMask of(std::string_view name) const;
    };
    Index recipients, templates, purposes;
    RowMask once = 0, periodic = 0;
    Index exact_categories;
    std::vector<std::pair<CodePattern, RowMask>> open_categories;
    RowMask of_category(std::string_view category) const;
};

}  // namespace consentree::ledger
