// T_standard = f(T_source, R): one source document, one mapping and one data-sharing agreement
// give one canonical consent record, or every reason why not. A pure function: the same inputs
// give the same bytes on every machine, and a member is never invented.
#pragma once

#include "client/import/mapping.h"
#include "client/import/refused.h"

#include <string>
#include <vector>

namespace consentree::client::mapping {

struct Inputs {
    std::string_view source;  // The original bytes.
    const Mapping& mapping;
    const nlohmann::json& agreement;  // An object; its members fill what sources lack.
    BytesView pseudonym_key;          // 32 bytes, or empty: identifiers are refused.
    std::string_view jws_key;         // PEM of an RSA public key, or empty: not verified.
    bool strict = false;              // A leaf that the mapping does not know is a refusal.
};

// Where one member of the record came from.
struct TraceItem {
    std::string to;       // JSON Pointer into the record.
    std::string origin;   // source, const, agreement, digest, engine
    std::string pointer;  // Into the source or the agreement.
    std::string rule;
};

struct Standardised {
    nlohmann::json record;
    std::string form;                // Which shape of the source it was.
    std::vector<std::string> steps;  // Lifecycle events that the source's status stands for.
    std::vector<TraceItem> trace;
    std::vector<std::string> unknown;  // Leaves of the source that the mapping does not know.
    std::string jws_header;            // JSON, if the source was signed.
    bool jws_verified = false;
};

struct Outcome {
    std::optional<Standardised> value;
    std::vector<Refused> refused;  // Not empty exactly if there is no value.
};

Outcome standardise(const Inputs& inputs);

// The lifecycle events to submit, in order: JSON texts. occurred_at is RFC 3339.
std::vector<std::string> lifecycle_events(const Standardised& consent,
                                          const std::string& occurred_at);

}  // namespace consentree::client::mapping
