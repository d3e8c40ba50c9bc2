// T_standard = f(T_source, R, agreement): one source document, one mapping and one data-sharing
// agreement give one canonical consent record, or events, or every reason why not. A pure function:
// the same inputs give the same bytes on every machine, and a member is never invented.
#pragma once

#include "client/import/mapping.h"
#include "client/import/refused.h"
#include "client/import/source.h"

#include <string>
#include <vector>

namespace consentree::client::mapping {

struct Inputs {
    std::string_view source;  // The original bytes.
    const Mapping& mapping;
    const nlohmann::json& agreement;         // An object; its members fill what sources lack.
    BytesView pseudonym_key;                 // 32 bytes, or empty: identifiers are refused.
    std::string_view jws_key;                // PEM of an RSA public key, or empty: not verified.
    bool strict = false;                     // A leaf that the mapping does not know is a refusal.
    std::string_view agreement_sha256 = {};  // Of the ledger's terms in the agreement, or empty.
};

// Where one member of the record came from.
struct TraceItem {
    std::string to;       // JSON Pointer into the record.
    std::string origin;   // source, const, agreement, digest, check, engine
    std::string pointer;  // Into the source or the agreement.
    std::string rule;
};

struct Standardised {
    Target target = Target::consent;
    // A consent's canonical record. For events: the members of all under "common", those of one
    // step under its name.
    nlohmann::json record;
    std::string form;                // Which shape of the source it was.
    std::vector<std::string> steps;  // Events that the source stands for: "request", "withdraw".
    std::vector<TraceItem> trace;
    std::vector<std::string> warnings;
    std::vector<std::string> unknown;  // Leaves of the source that the mapping does not know.
    std::string jws_header;            // JSON, if the source was signed.
    bool jws_verified = false;
};

struct Outcome {
    std::optional<Standardised> value;
    std::vector<Standardised> others;  // More of them, of a document that is split.
    std::vector<Refused> refused;      // Not empty exactly if there is no value.
};

Outcome standardise(const Inputs& inputs);

// The form of the mapping that the document has, the first that fits; or null.
const Form* detect_form(const Mapping& mapping, const SourceValue& document);

// The events to submit, in order: JSON texts. occurred_at (RFC 3339) is of those that the source
// dates not itself.
std::vector<std::string> events_of(const Standardised& standardised,
                                   const std::string& occurred_at);
// The first step that the life of a consent does not allow after those before it, or nothing.
std::optional<std::string> impossible_step(const std::vector<std::string>& steps);

}  // namespace consentree::client::mapping
