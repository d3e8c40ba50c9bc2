// Commands that record one event, as data: which flag fills which member. So that the many events
// of docs/events.md are a table each, and behave alike.
#pragma once

#include "client/cli/commands.h"
#include "client/outcome.h"

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>

namespace consentree::client::cli {

enum class FieldKind {
    text,
    list,    // Codes with commas between.
    time,    // As people write it: 2027-06-30, 30d.
    number,  // A whole number.
    status,  // RESOURCE=STATUS with commas between: a list of {resource, status}.
};
struct Field {
    const char* flag;
    const char* member;  // "query.from": of the object "query".
    const char* help;
    FieldKind kind = FieldKind::text;
    bool required = false;
    const char* otherwise = "";  // Its value if the flag is not given.
};
using FieldValues = std::map<std::string, std::vector<std::string>>;  // By flag.

// values must outlive the command.
void add_fields(CLI::App* command, std::span<const Field> fields, FieldValues& values);
// A JSON object with the members that were given; invalid-value names the flag.
Outcome<nlohmann::ordered_json> members_of(std::span<const Field> fields,
                                           const FieldValues& values);

}  // namespace consentree::client::cli
