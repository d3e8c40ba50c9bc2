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

bool is_typed(const Globals& globals, std::string_view question, std::string_view word) {
    if (globals.no_input || isatty(STDIN_FILENO) == 0) return false;
    std::cerr << question << " Type \"" << word << "\": " << std::flush;
    std::string typed;
    std::getline(std::cin, typed);
    return typed == word;
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
