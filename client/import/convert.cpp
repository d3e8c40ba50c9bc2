#include "client/import/convert.h"

#include "common/hash.h"
#include "common/time.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <charconv>

namespace consentree::client::mapping {

using nlohmann::json;

namespace {

Refused refuse(const Rule& rule, const Match& match, std::string detail) {
    return {match.pointer, rule_name(rule), std::move(detail)};
}

std::string expected(const Match& match, std::string_view what) {
    return std::string(what) + " is expected, here is " + std::string(name_of(match.value->kind));
}

bool is_text(const Match& match) {
    return match.value->kind == SourceValue::Kind::text;
}

std::optional<std::int64_t> integer_of(const std::string& text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

Converted to_string_value(const Rule& rule, const Match& match) {
    if (!is_text(match)) return refuse(rule, match, expected(match, "a string"));
    const auto length = static_cast<std::int64_t>(match.value->text.size());
    if (length < rule.min.value_or(1)) return refuse(rule, match, "the string is empty");
    if (length > rule.max.value_or(512)) return refuse(rule, match, "the string is too long");
    return json(rule.prefix + match.value->text);
}

Converted to_integer(const Rule& rule, const Match& match) {
    if (match.value->kind != SourceValue::Kind::integer) {
        return refuse(rule, match, expected(match, "an integer"));
    }
    const auto value = integer_of(match.value->text);
    if (!value || *value < rule.min.value_or(0) || *value > rule.max.value_or(1'000'000'000)) {
        return refuse(rule, match, "the integer is out of range");
    }
    return json(*value);
}

// "…+0530" as "…+05:30".
std::string with_colon(std::string text) {
    const std::size_t size = text.size();
    if (size > 5 && (text[size - 5] == '+' || text[size - 5] == '-')) text.insert(size - 2, ":");
    return text;
}

Converted to_time(const Rule& rule, const Match& match) {
    for (const std::string& style : rule.styles) {
        std::optional<TimeMs> time;
        if (style == "epoch-ms") {
            if (match.value->kind != SourceValue::Kind::integer) continue;
            time = integer_of(match.value->text);
            // Years 1970 to 9999.
            if (time && (*time < 0 || *time > 253'402'300'799'999)) time.reset();
        } else if (is_text(match)) {
            time = parse_rfc3339(style == "rfc3339" ? match.value->text
                                                    : with_colon(match.value->text));
        }
        if (time) return json(format_time(*time));
    }
    std::string styles;
    for (const std::string& style : rule.styles) styles += (styles.empty() ? "" : ", ") + style;
    return refuse(rule, match, "not a time of a style that the mapping knows (" + styles + ")");
}

Converted to_party(const Rule& rule, const Match& match, const ConvertContext& context) {
    if (!is_text(match)) return refuse(rule, match, expected(match, "a string"));
    const auto parties = context.agreement.find("parties");
    if (parties != context.agreement.end() && parties->is_object()) {
        const auto found = parties->find(match.value->text);
        if (found != parties->end() && found->is_string()) return json(*found);
    }
    return Refused{match.pointer, "party-known",
                   "the agreement's \"parties\" does not say which institution this is"};
}

Converted to_pseudonym(const Rule& rule, const Match& match, const ConvertContext& context) {
    if (!is_text(match) || match.value->text.empty()) {
        return refuse(rule, match, expected(match, "a string that is not empty"));
    }
    if (context.pseudonym_key.empty()) {
        return Refused{match.pointer, "pseudonym-key",
                       "an identifier may go on the ledger only as a keyed pseudonym: "
                       "give --pseudonym-key"};
    }
    return json(pseudonym(context.pseudonym_key, rule.kind, match.value->text));
}

}  // namespace

std::string rule_name(const Rule& rule) {
    return "rule " + std::to_string(rule.number) + " (" + rule.to + ")";
}

std::string pseudonym(BytesView key, std::string_view kind, std::string_view value) {
    Bytes message = to_bytes(as_bytes(kind));
    message.push_back(0);
    const BytesView tail = as_bytes(value);
    message.insert(message.end(), tail.begin(), tail.end());
    std::array<std::uint8_t, 32> mac{};
    unsigned length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
         mac.data(), &length);
    return std::string(kind) + to_hex(BytesView(mac).first(20));
}

Converted look_up(const Mapping& mapping, const std::string& table, const Match& match) {
    const auto& entries = mapping.tables.at(table);
    if (!match.value->is_container()) {
        const auto found = entries.find(match.value->text);
        if (found != entries.end()) return found->second;
    }
    // Codes of a standard are no personal data; anything longer is not shown.
    const std::string shown =
        match.value->text.size() <= 40 ? "\"" + match.value->text + "\"" : "the value";
    return Refused{match.pointer, "table " + table, shown + " is not a code of this table"};
}

Converted convert(const Rule& rule, const Match& match, const ConvertContext& context) {
    switch (rule.as) {
        case As::string: return to_string_value(rule, match);
        case As::code: return look_up(context.mapping, rule.tables.front(), match);
        case As::integer: return to_integer(rule, match);
        case As::time: return to_time(rule, match);
        case As::text:
            if (match.value->is_container()) {
                return refuse(rule, match, expected(match, "a string or a number"));
            }
            return json(match.value->text);
        case As::party: return to_party(rule, match, context);
        case As::pseudonym: return to_pseudonym(rule, match, context);
        case As::sha256:
            if (!is_text(match)) return refuse(rule, match, expected(match, "a string"));
            return json(to_hex(sha256(as_bytes(match.value->text)).view()));
    }
    return refuse(rule, match, "unknown conversion");
}

}  // namespace consentree::client::mapping
