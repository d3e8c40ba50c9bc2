#include "node/log.h"

#include "common/time.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <mutex>

namespace consentree::node::log {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};
constexpr unsigned burst_lines = 20;
constexpr auto refill_interval = std::chrono::seconds(10);
constexpr std::size_t message_count_max = 1024;  // Beyond, messages share one allowance.
constexpr std::size_t value_bytes_max = 1024;    // A longer value is cut.

// The code point at text[at], and how many bytes it takes; nothing if the UTF-8 is malformed.
std::optional<std::pair<char32_t, std::size_t>> code_point(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return std::pair{char32_t{lead}, std::size_t{1}};
    const std::size_t count = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - at < count) return std::nullopt;
    char32_t value = lead & (0x7FU >> count);
    for (std::size_t i = 1; i < count; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return std::nullopt;
        value = value << 6 | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < smallest[count] || is_surrogate || value > 0x10FFFF) return std::nullopt;
    return std::pair{value, count};
}

// Controls, line separators and the marks that reorder text: they could forge or hide a line.
bool is_deceptive(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F || c == 0x061C ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void append_escaped(std::string& out, std::string_view text) {
    const std::string_view kept = text.substr(0, value_bytes_max);
    for (std::size_t at = 0; at < kept.size();) {
        const auto point = code_point(kept, at);
        if (!point) {
            out += "\\ufffd";
            ++at;
            continue;
        }
        const auto [c, count] = *point;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c == '\n') {
            out += "\\n";
        } else if (is_deceptive(c)) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += kept.substr(at, count);
        }
        at += count;
    }
    if (kept.size() < text.size()) out += "...";
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_escaped(out, text);
    out += '"';
}

bool is_plain_word(std::string_view text) {
    return !text.empty() && text.size() <= value_bytes_max &&
           text.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
               "._:/+-@") == std::string_view::npos;
}

void append_value(std::string& out, Format format, const Field::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        if (format == Format::text && is_plain_word(*text)) {
            out += *text;
        } else {
            append_quoted(out, *text);
        }
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
        out += std::to_string(*number);
    } else if (const auto* natural = std::get_if<std::uint64_t>(&value)) {
        out += std::to_string(*natural);
    } else if (const auto* real = std::get_if<double>(&value)) {
        out += std::isfinite(*real) ? fmt::format("{:.6g}", *real) : std::string("null");
    } else {
        out += std::get<bool>(value) ? "true" : "false";
    }
}

// How many lines of one message may still be written, and how many were not.
struct Allowance {
    unsigned lines = burst_lines;
    Clock::time_point refilled_at = Clock::now();
    std::uint64_t left_out = 0;

    bool take() {
        const auto now = Clock::now();
        const auto refills = (now - refilled_at) / refill_interval;
        if (refills > 0) {
            lines = static_cast<unsigned>(std::min<std::int64_t>(burst_lines, lines + refills));
            refilled_at += refills * refill_interval;
        }
        if (lines == 0) {
            ++left_out;
            return false;
        }
        --lines;
        return true;
    }
};

class Output {
public:
    Output() : logger_("consentree", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        logger_.set_pattern("%v");
        logger_.set_level(spdlog::level::trace);
        logger_.flush_on(spdlog::level::trace);
    }

    void write(Level level, std::string_view message, Fields fields) {
        const std::lock_guard lock(mutex_);
        std::uint64_t left_out = 0;
        if (level != Level::debug) {
            Allowance& allowance = allowance_of(message);
            if (!allowance.take()) return;
            left_out = std::exchange(allowance.left_out, 0);
        }
        const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now());
        const std::string line =
            render(format_, level, now.time_since_epoch().count(), message, fields, left_out);
        if (sink_) {
            sink_(line);
        } else {
            logger_.info(spdlog::string_view_t(line.data(), line.size()));
        }
    }

    void configure(const Options& options, std::function<void(std::string_view)> sink) {
        const std::lock_guard lock(mutex_);
        threshold_ = options.level;
        format_ = options.format;
        sink_ = std::move(sink);
        allowances_.clear();
    }

    Level threshold() const { return threshold_.load(std::memory_order_relaxed); }

private:
    Allowance& allowance_of(std::string_view message) {
        const auto found = allowances_.find(message);
        if (found != allowances_.end()) return found->second;
        const bool is_full = allowances_.size() >= message_count_max;
        return allowances_[is_full ? std::string() : std::string(message)];
    }

    std::mutex mutex_;
    std::atomic<Level> threshold_{Level::info};
    Format format_ = Format::json;
    std::function<void(std::string_view)> sink_;
    spdlog::logger logger_;
    std::map<std::string, Allowance, std::less<>> allowances_;
};

Output& output() {
    static Output instance;
    return instance;
}

}  // namespace

std::optional<Level> parse_level(std::string_view name) {
    for (std::size_t i = 0; i < level_names.size(); ++i) {
        if (level_names[i] == name) return static_cast<Level>(i);
    }
    return std::nullopt;
}

std::optional<Format> parse_format(std::string_view name) {
    if (name == "text") return Format::text;
    if (name == "json") return Format::json;
    return std::nullopt;
}

Options default_options() {
    return {isatty(STDERR_FILENO) == 1 ? Format::text : Format::json, Level::info};
}

void configure(const Options& options) {
    output().configure(options, {});
}

void capture(std::function<void(std::string_view line)> sink) {
    output().configure({Format::json, Level::debug}, std::move(sink));
}

bool is_enabled(Level level) {
    return level >= output().threshold();
}

void write(Level level, std::string_view message, Fields fields) {
    output().write(level, message, fields);
}

std::string render(Format format,
                   Level level,
                   std::int64_t time_ms,
                   std::string_view message,
                   Fields fields,
                   std::uint64_t left_out) {
    const std::string_view level_name = level_names[static_cast<std::size_t>(level)];
    const bool is_json = format == Format::json;
    std::string line;
    if (is_json) {
        line += "{\"time\":\"" + format_time(time_ms) + "\",\"level\":\"";
        line += level_name;
        line += "\",\"message\":";
        append_quoted(line, message);
    } else {
        line += fmt::format("{} {:<5} ", format_time(time_ms), level_name);
        append_escaped(line, message);
    }
    const auto append = [&](const Field& field) {
        line += is_json ? "," : "  ";
        if (is_json) {
            append_quoted(line, field.key);
        } else {
            append_escaped(line, field.key);
        }
        line += is_json ? ':' : '=';
        append_value(line, format, field.value);
    };
    for (const Field& field : fields) append(field);
    if (left_out > 0) append(Field("left_out", left_out));
    if (is_json) line += '}';
    return line;
}

}  // namespace consentree::node::log
