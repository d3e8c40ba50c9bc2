// Strict reading of the JSON of proofs: receipts and evidence. Private to ledger; pure.
#pragma once

#include "common/bytes.h"

#include <initializer_list>
#include <nlohmann/json.hpp>

namespace consentree::ledger::proof_json {

using Json = nlohmann::json;

// Parses without exceptions; a duplicate member or too deep a value gives nothing.
std::optional<Json> parse_strict(std::string_view text, int depth_max);
// An object with exactly these members.
bool has_members(const Json& json, std::initializer_list<const char*> names);
std::optional<std::string_view> text_of(const Json& json);
std::optional<Bytes> base64_of(const Json& json);
template <class Fixed>
std::optional<Fixed> fixed_of(const Json& json) {
    const auto bytes = base64_of(json);
    return bytes ? Fixed::from(*bytes) : std::nullopt;
}

}  // namespace consentree::ledger::proof_json
