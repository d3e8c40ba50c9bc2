// The conversions of the mapping language: one value of the source to one value of the record.
// Pure: same input, same output, on every machine.
#pragma once

#include "client/import/mapping.h"
#include "client/import/paths.h"
#include "client/import/refused.h"

namespace consentree::client::mapping {

struct ConvertContext {
    const Mapping& mapping;
    const nlohmann::json& agreement;
    BytesView pseudonym_key;       // Empty: pseudonyms are refused.
    const nlohmann::json& record;  // As far as it is made.
    Paths& paths;
    std::vector<std::string>& warnings;  // What was taken, but is not as it should be.
};

// A value or a refusal. (boost::system::result cannot hold json: too much converts to it.)
class Converted {
public:
    Converted(nlohmann::json value) : value_(std::move(value)) {}
    Converted(Refused refused) : refused_(std::move(refused)) {}
    explicit operator bool() const { return !refused_; }
    nlohmann::json& value() { return value_; }
    const Refused& error() const { return *refused_; }

private:
    nlohmann::json value_;
    std::optional<Refused> refused_;
};

// The value that the rule makes of this match. A JSON null means "leave the member out".
Converted convert(const Rule& rule, const Match& match, const ConvertContext& context);
// kind + hexadecimal HMAC-SHA256(key, kind || 0x00 || value), cut to 160 bits.
std::string pseudonym(BytesView key, std::string_view kind, std::string_view value);
// "rule 7 (/purposes/0/code)"
std::string rule_name(const Rule& rule);
// Looks the text up in one table of the mapping, or says what is not in it.
Converted look_up(const Mapping& mapping,
                  const std::string& table,
                  By by,
                  const std::string& text,
                  const std::string& pointer);

}  // namespace consentree::client::mapping
