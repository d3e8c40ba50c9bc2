// What the user sees: data on stdout, talk and failures on stderr. Colour only on a terminal and
// never alone; a pipe gets plain, untruncated lines.
#pragma once

#include "client/cli/commands.h"
#include "client/outcome.h"
#include "verifier/text.h"

#include <string>
#include <string_view>
#include <vector>

namespace consentree::client::cli {

bool colour_on(const Globals& globals, int descriptor);

// Data, with a newline at its end.
void print(std::string_view text);
// "✓ text" on stderr, unless --quiet.
void say_done(const Globals& globals, std::string_view text);
// A plain line on stderr, unless --quiet.
void say(const Globals& globals, std::string_view text);
// A line on stderr only with -v.
void say_more(const Globals& globals, std::string_view text);
// "! text" on stderr, even with --quiet.
void warn(const Globals& globals, std::string_view text);

// What happened, why, what to do, the code; as one JSON object with -o json. Returns the exit code.
int fail(const Globals& globals, const Failure& failure);
// Asks on a terminal for that word; without one, and with --no-input, the answer is no.
bool is_typed(const Globals& globals, std::string_view question, std::string_view word);
int usage(const Globals& globals, std::string_view what, std::string_view hint);
int exit_code_of(FailureKind kind);

using verifier::grouped;
using verifier::printable;

// Columns aligned on a terminal and in a pipe alike; cells are made printable.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> headings);
    void row(std::vector<std::string> cells);
    void print() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace consentree::client::cli
