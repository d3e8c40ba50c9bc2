// One structured line per event: JSON, or text for a terminal. Callable on any thread; the one
// lock is inside. Escapes every value, so that no input can forge a line, and limits lines that
// repeat. Never give it a key, a subject label or the bytes of an event.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace consentree::node::log {

enum class Level { debug, info, warn, error };
enum class Format { text, json };

std::optional<Level> parse_level(std::string_view name);
std::optional<Format> parse_format(std::string_view name);

struct Field {
    using Value = std::variant<std::string, std::int64_t, std::uint64_t, double, bool>;
    std::string_view key;
    Value value;

    Field(std::string_view name, std::string text) : key(name), value(std::move(text)) {}
    Field(std::string_view name, std::string_view text) : key(name), value(std::string(text)) {}
    Field(std::string_view name, const char* text) : key(name), value(std::string(text)) {}
    Field(std::string_view name, bool truth) : key(name), value(truth) {}
    Field(std::string_view name, std::floating_point auto number)
        : key(name), value(static_cast<double>(number)) {}
    Field(std::string_view name, std::signed_integral auto number)
        : key(name), value(static_cast<std::int64_t>(number)) {}
    Field(std::string_view name, std::unsigned_integral auto number)
        : key(name), value(static_cast<std::uint64_t>(number)) {}
};
using Fields = std::initializer_list<Field>;

struct Options {
    Format format = Format::text;
    Level level = Level::info;
};
// Text on a terminal, JSON elsewhere, level info.
Options default_options();
// Lines go to standard error.
void configure(const Options& options);
bool is_enabled(Level level);

// The message is a constant of the code: lines are counted by it. Above a burst of twenty, lines
// of one message come at most every ten seconds, and the next one says how many were left out.
// Debug lines are not limited.
void write(Level level, std::string_view message, Fields fields);
inline void debug(std::string_view message, Fields fields = {}) {
    if (is_enabled(Level::debug)) write(Level::debug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
    if (is_enabled(Level::info)) write(Level::info, message, fields);
}
inline void warn(std::string_view message, Fields fields = {}) {
    if (is_enabled(Level::warn)) write(Level::warn, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
    write(Level::error, message, fields);
}

// Sends whole lines here instead, for tests; nothing restores standard error.
void capture(std::function<void(std::string_view line)> sink);

// One line without its end, as written; pure.
std::string render(Format format,
                   Level level,
                   std::int64_t time_ms,
                   std::string_view message,
                   Fields fields,
                   std::uint64_t left_out = 0);

}  // namespace consentree::node::log
