// How values stand in cells. Pure.
#pragma once

#include "client/report/kind.h"

namespace consentree::client::report {

std::string list(const std::vector<std::string>& parts);  // "a; b"
std::vector<std::string> parts_of(std::string_view cell);
std::vector<std::string> parts_of_words(std::string_view text);  // Separated by spaces.
std::string text(const ledger::Resources& resources);
std::string text(const ledger::Fetch& fetch);
std::string text(const ledger::Retention& retention);
std::string time_text(const std::optional<TimeMs>& time);  // Empty for none.
std::string number(std::uint64_t value);
std::string yes_no(bool value);
// "3 d 4 h", "12 min", "5 s", "40 ms"; with a minus sign if negative.
std::string duration(TimeMs span);
// "30d", "7y", "12h", "6m" from a time on; nothing if it is no duration, or beyond a thousand
// years.
std::optional<TimeMs> later(TimeMs time, std::string_view duration);

// A member of an event's or record's JSON, by JSON Pointer: text as it is, lists of texts joined,
// anything else as JSON; empty if it is not there.
std::string member(std::string_view json, const char* pointer);
Column text_column(std::string_view name, bool in_table = true);
Column number_column(std::string_view name, bool in_table = true);
Column list_column(std::string_view name, bool in_table = true);

}  // namespace consentree::client::report
