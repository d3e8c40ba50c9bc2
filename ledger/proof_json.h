// Strict reading of the JSON of proofs: receipts and evidence. Private to ledger; pure.
#pragma once

#include "common/bytes.h"
#include "common/error.h"
#include "common/hash.h"

#include <initializer_list>
#include <nlohmann/json.hpp>

namespace consentree::ledger::proof_json {

using Json = nlohmann::json;

// Parses without exceptions; a duplicate member or too deep a value gives nothing.
std::optional<Json> parse_strict(std::string_view text, int depth_max);
// An object of version 1 with exactly these members. Otherwise what is wrong: "<what>-malformed",
// or
// "<what>-unsupported" for another version.
std::optional<Refusal> parse_file(std::string_view text,
                                  const std::string& what,
                                  std::size_t bytes_max,
                                  int depth_max,
                                  std::initializer_list<const char*> members,
                                  Json& json);
// An object with exactly these members.
bool has_members(const Json& json, std::initializer_list<const char*> names);
std::optional<std::string_view> text_of(const Json& json);
std::optional<Bytes> base64_of(const Json& json);
template <class Fixed>
std::optional<Fixed> fixed_of(const Json& json) {
    const auto bytes = base64_of(json);
    return bytes ? Fixed::from(*bytes) : std::nullopt;
}

// At most so many, each base64.
std::optional<std::vector<Hash>> hashes_of(const Json& json, std::size_t most);
// A network id in lower-case hexadecimal.
std::optional<Hash> network_of(const Json& json);

}  // namespace consentree::ledger::proof_json
