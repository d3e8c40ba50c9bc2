// A mapping file: how one source standard becomes the canonical consent record (docs/mappings.md
// has the language). Data only: parsing checks it wholly, applying it is standardise.h's.
#pragma once

#include "common/bytes.h"
#include "common/error.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::client::mapping {

// A path is a JSON Pointer in which "*" stands for every element of an array; a leading "@" is the
// base of the form (where in the document the consent lies).
using Path = std::string;

enum class As { string, code, integer, time, text, party, pseudonym, sha256 };

struct When {
    Path at;
    std::string is;
};

struct Rule {
    std::size_t number = 0;  // Place in the file, from 0: "rule 7" in traces.
    std::string to;          // JSON Pointer into the record; "*" takes the element's place.
    // Exactly one of these four gives the value.
    std::vector<Path> from;  // The first that is present.
    std::optional<nlohmann::json> constant;
    std::string agreement;    // JSON Pointer into the agreement.
    std::string digest;       // A prefix: the value is prefix + hash of the source.
    std::vector<Path> cross;  // Every combination of two lists, joined.

    As as = As::string;
    std::vector<std::string> tables;  // For code: by name; for cross: one a list.
    std::string kind;                 // For pseudonym: the namespace, as in "sub:".
    std::string prefix, join;
    std::vector<std::string> styles;       // For time.
    std::optional<std::int64_t> min, max;  // Of an integer, or of a string's length.
    bool required = false;
    std::optional<nlohmann::json> absent;  // Written when the source has nothing.
    std::optional<When> when;
};

struct Check {
    std::string id;       // Name of the rule in refusals.
    std::string because;  // The sentence shown.
    Path at;              // Where a refusal points to.
    std::optional<When> when;
    // One of:
    std::string compare;  // "lt", "le": two times of the record, by pointer.
    std::string left, right;
    Path integer;  // An integer of the source within [min, max].
    std::optional<std::int64_t> min, max;
    Path url;            // A string of the source that must be an http(s) URL.
    std::string native;  // A rule of checks.cpp by name.
};

struct Detect {
    Path at;
    std::string is;  // "object", "array", "string"
};

// One shape in which the source's consents come: a request, a signed artefact, …
struct Form {
    std::string name;
    std::vector<Detect> detect;
    std::string base;  // What "@" stands for.
    std::string jws;   // Pointer of a compact JWS to open in place, or empty.
    Path format_version;
};

// Which lifecycle events a source's status stands for.
struct Status {
    Path at;
    std::map<std::string, std::vector<std::string>> table;
    std::vector<std::string> absent;
};

struct Mapping {
    std::string id;
    std::uint32_t version = 0;
    std::string source;
    Hash hash;  // SHA-256 of the file in canonical JSON (RFC 8785).
    std::vector<Form> forms;
    std::vector<Rule> rules;
    std::vector<Check> checks;
    std::vector<Path> ignore;
    std::optional<Status> status;
    std::map<std::string, std::map<std::string, nlohmann::json>> tables;
};

// Refusals name the place in the mapping file.
Checked<Mapping> parse_mapping(std::string_view json);

}  // namespace consentree::client::mapping
