// A mapping file: how one source standard becomes canonical records and events (docs/mappings.md
// has the language). Data only: parsing checks it wholly, applying it is standardise.h's.
#pragma once

#include "client/import/times.h"
#include "common/bytes.h"
#include "common/error.h"

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::ledger {
struct Scheme;
}

namespace consentree::client::mapping {

// A path is a JSON Pointer in which "*" stands for every element of an array; a leading "@" is the
// base of the form (where in the document the consent lies).
using Path = std::string;

enum class As {
    string,
    text,
    code,
    boolean,
    boolish,
    integer,
    decimal,
    time,
    date_end_of_day,
    duration,
    party,
    pseudonym,
    sha256,
    concat,
    names,
    count,
};
// How a code is looked up: the whole text; or by the longest entry that it starts with, of which
// the rest follows the result (prefix) or not (start).
enum class By { exact, prefix, start };

// Equality only. Without is: something is there, or (present false) nothing is.
struct When {
    Path at;
    std::vector<std::string> is;
    bool present = true;
};

struct Rule {
    std::size_t number = 0;  // Place in the file, from 0: "rule 7" in traces.
    std::string to;          // JSON Pointer into the record; "*" takes the element's place.
    // Exactly one of these gives the value.
    std::vector<Path> from;  // The first that is present; with all, every one.
    std::optional<nlohmann::json> constant;
    std::string agreement;    // JSON Pointer into the agreement.
    std::string digest;       // A prefix: the value is prefix + hash of the source.
    std::vector<Path> cross;  // Every combination of two lists, joined.

    // Which of the values count.
    bool all = false, distinct = false, first = false;
    std::vector<When> where;          // About the same elements of the "*" that both paths share.
    std::vector<std::string> member;  // Of an object, the first of these stands for it.
    std::vector<std::string> skip;    // Values that start so are left out.
    std::vector<When> when;
    std::vector<std::string> forms;  // By name; empty: all.

    // What becomes of them.
    As as = As::string;
    By by = By::exact;
    std::vector<std::string> tables;  // For cross one a list, for concat one a part.
    std::vector<std::string> parts;   // For concat: pointers below the value.
    std::string kind;                 // For pseudonym: the namespace, as in "sub:".
    std::string prefix, join;
    std::vector<TimeStyle> styles;
    std::string zone;                      // JSON Pointer into the agreement.
    std::string after;                     // For duration: a time of the record.
    std::uint32_t times = 1, per = 1;      // For decimal.
    std::optional<std::int64_t> places;    // For decimal.
    std::optional<std::int64_t> min, max;  // Of an integer, or of a string's length.
    bool required = false;
    std::optional<nlohmann::json> absent;  // Written when the source has nothing.
};

struct Check {
    std::string id;       // Name of the rule in refusals.
    std::string because;  // The sentence shown.
    Path at;              // Where a refusal points to.
    std::vector<When> when;
    bool review = false;  // A failure is a reason for review, not a refusal.
    // Exactly one kind: lt, le (two times of the record), given (a member of the record); the
    // others are about values of the source.
    std::string kind;
    std::vector<std::string> operands;
    std::vector<When> where;
    std::vector<std::string> is;
    std::optional<std::int64_t> min, max;
};

// What lies at a place of the document: its kind, one of these texts, or how a text starts.
struct Detect {
    Path at;
    std::string is;
    std::vector<std::string> equals;
    std::string starts;
};

// One shape in which the source's documents come: a request, a signed artefact, …
struct Form {
    std::string name;
    std::vector<Detect> detect;
    std::string base;  // What "@" stands for.
    std::string jws;   // Pointer of a compact JWS to open in place, or empty.
    Path format_version;
    std::vector<std::string> steps;  // In place of the mapping's status.
    std::string refuse, because;     // This shape is none to import: rule and sentence.
};

// Which events a source's status stands for.
struct Status {
    Path at;
    std::map<std::string, std::vector<std::string>> table;
    std::vector<std::string> absent;
    bool each = false;  // Of a history: one status after the other, after what `absent` says.
};

// One document, several consents: a record for each value at a path, made as if it were alone
// there.
struct Split {
    Path at;
    std::vector<When> where;  // Only of values about whose elements this holds.
};

// Records of consents, or events: of the life of consents, of accesses.
enum class Target { consent, lifecycle, access };

struct Mapping {
    std::string id;
    std::uint32_t version = 0;
    std::string source, title;
    Target target = Target::consent;
    Hash hash;                    // SHA-256 of the file in canonical JSON (RFC 8785).
    bool single_is_list = false;  // "*" takes a single value as a list of one.
    std::vector<Form> forms;
    std::vector<Rule> rules;
    std::vector<Check> checks;
    std::vector<Path> ignore;
    std::optional<Status> status;
    std::optional<Split> split;
    std::shared_ptr<const ledger::Scheme> scheme;  // Whose rules on consents the records must keep.
    std::map<std::string, std::map<std::string, nlohmann::json>> tables;
};

std::string_view target_name(Target target);

// Nothing if the file has faults: every one of them with its place in the file, at most
// limits::mapping_faults.
std::optional<Mapping> read_mapping(std::string_view json, std::vector<Refusal>& faults);
// The same for those who only use it: the first fault.
Checked<Mapping> parse_mapping(std::string_view json);

}  // namespace consentree::client::mapping
