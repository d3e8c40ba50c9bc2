#include "client/cli/output.h"

#include <nlohmann/json.hpp>

#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace consentree::client::cli {

namespace {

constexpr const char* green = "\033[32m";
constexpr const char* red = "\033[31m";
constexpr const char* yellow = "\033[33m";
constexpr const char* plain = "\033[0m";

void mark(const Globals& globals, const char* colour, const char* sign, std::string_view text) {
    if (colour_on(globals, STDERR_FILENO)) {
        std::cerr << colour << sign << plain << " " << printable(text) << "\n";
    } else {
        std::cerr << sign << " " << printable(text) << "\n";
    }
}

// The byte count of the UTF-8 sequence at the head of text, or 0 if there is none.
std::size_t sequence_at(std::string_view text) {
    const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char head = byte(0);
    const std::size_t length = head < 0x80                   ? 1
                               : head >= 0xc2 && head < 0xe0 ? 2
                               : head >= 0xe0 && head < 0xf0 ? 3
                               : head >= 0xf0 && head < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    return length;
}

std::size_t columns(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

}  // namespace

bool colour_on(const Globals& globals, int descriptor) {
    if (globals.color == "always") return true;
    if (globals.color == "never") return false;
    const char* none = std::getenv("NO_COLOR");
    return (none == nullptr || *none == '\0') && ::isatty(descriptor) == 1;
}

void print(std::string_view text) {
    std::cout << text;
    if (text.empty() || text.back() != '\n') std::cout << '\n';
    std::cout.flush();
}

void say_done(const Globals& globals, std::string_view text) {
    if (!globals.quiet) mark(globals, green, "✓", text);
}

void say(const Globals& globals, std::string_view text) {
    if (!globals.quiet) std::cerr << printable(text) << "\n";
}

void say_more(const Globals& globals, std::string_view text) {
    if (globals.verbose) std::cerr << printable(text) << "\n";
}

void warn(const Globals& globals, std::string_view text) {
    mark(globals, yellow, "!", text);
}

int exit_code_of(FailureKind kind) {
    switch (kind) {
        case FailureKind::failed: return exit_code::failed;
        case FailureKind::usage: return exit_code::usage;
        case FailureKind::unreachable: return exit_code::unreachable;
        case FailureKind::not_allowed: return exit_code::not_allowed;
        case FailureKind::not_found: return exit_code::not_found;
        case FailureKind::conflict: return exit_code::conflict;
        case FailureKind::verification_failed: return exit_code::tampered;
        case FailureKind::undecidable: return exit_code::undecidable;
    }
    return exit_code::failed;
}

int fail(const Globals& globals, const Failure& failure) {
    const int code = exit_code_of(failure.kind);
    if (globals.output == OutputForm::json) {
        nlohmann::ordered_json json;
        json["error"] = failure.code;
        json["exit_code"] = code;
        json["what"] = failure.what;
        const auto put = [&json](const char* name, const std::string& value) {
            if (!value.empty()) json[name] = value;
        };
        put("why", failure.why);
        put("hint", failure.hint);
        put("pointer", failure.pointer);
        put("evidence", failure.evidence);
        std::cerr << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
        return code;
    }
    mark(globals, red, "✗", failure.what);
    const auto line = [](const char* name, const std::string& text) {
        if (!text.empty()) std::cerr << "  " << name << printable(text) << "\n";
    };
    line("Why    ", failure.why);
    line("Where  ", failure.pointer);
    line("Do     ", failure.hint);
    line("Saved  ", failure.evidence);
    if (!failure.code.empty()) {
        line("Code   ", failure.code + "   (consentree explain " + failure.code + ")");
    }
    return code;
}

int usage(const Globals& globals, std::string_view what, std::string_view hint) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "usage";
    failure.what = what;
    failure.hint = hint;
    return fail(globals, failure);
}

std::string printable(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        const std::size_t length = sequence_at(text);
        const unsigned char head = static_cast<unsigned char>(text[0]);
        const bool control = head < 0x20 || head == 0x7f ||
                             (length == 2 && head == 0xc2 &&
                              static_cast<unsigned char>(text[1]) < 0xa0);  // C1 controls
        if (length == 0 || (control && head != '\n')) {
            clean += "\xef\xbf\xbd";  // U+FFFD
        } else {
            clean += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return clean;
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, " ");
    }
    return text;
}

TextTable::TextTable(std::vector<std::string> headings) {
    row(std::move(headings));
}

void TextTable::row(std::vector<std::string> cells) {
    for (std::string& cell : cells) {
        cell = printable(cell);
        std::replace(cell.begin(), cell.end(), '\n', ' ');
        if (cell.empty()) cell = "-";
    }
    rows_.push_back(std::move(cells));
}

void TextTable::print() const {
    std::vector<std::size_t> widths;
    for (const auto& cells : rows_) {
        widths.resize(std::max(widths.size(), cells.size()));
        for (std::size_t i = 0; i < cells.size(); ++i) {
            widths[i] = std::max(widths[i], columns(cells[i]));
        }
    }
    for (const auto& cells : rows_) {
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            line += cells[i];
            if (i + 1 < cells.size()) line.append(widths[i] - columns(cells[i]) + 2, ' ');
        }
        std::cout << line << "\n";
    }
    std::cout.flush();
}

}  // namespace consentree::client::cli
