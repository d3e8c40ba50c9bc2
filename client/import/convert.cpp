#include "client/import/convert.h"

#include "client/import/decimal.h"
#include "client/import/json_tree.h"
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

bool is_number(const Match& match) {
    return match.value->kind == SourceValue::Kind::integer ||
           match.value->kind == SourceValue::Kind::decimal;
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

Converted to_boolean(const Rule& rule, const Match& match, const ConvertContext& context) {
    const bool is_boolean = match.value->kind == SourceValue::Kind::boolean;
    const bool spelled =
        is_text(match) && (match.value->text == "true" || match.value->text == "false");
    if (!is_boolean && !(spelled && rule.as == As::boolish)) {
        return refuse(rule, match, expected(match, "true or false"));
    }
    if (!is_boolean) {
        context.warnings.push_back(match.pointer + " is a string where the standard has a boolean");
    }
    if (rule.tables.empty()) return json(match.value->text == "true");
    return look_up(context.mapping, rule.tables.front(), By::exact, match.value->text,
                   match.pointer);
}

Converted to_decimal(const Rule& rule, const Match& match, const ConvertContext& context) {
    if (!is_text(match) && !is_number(match)) {
        return refuse(rule, match, expected(match, "a number, or one as a string,"));
    }
    const auto value = parse_decimal_number(match.value->text);
    if (!value) return refuse(rule, match, "not a decimal number that can be kept exactly");
    const auto places =
        rule.places ? std::optional(static_cast<unsigned>(*rule.places)) : std::nullopt;
    const auto scaled = scale_decimal(*value, rule.times, rule.per, places);
    if (!scaled) {
        return refuse(rule, match,
                      "times " + std::to_string(rule.times) + " / " + std::to_string(rule.per) +
                          " is no finite decimal number, and the mapping gives no places");
    }
    if (!scaled->exact) {
        context.warnings.push_back(match.pointer + " was rounded to " +
                                   std::to_string(*rule.places) + " places");
    }
    return json(rule.prefix + format_decimal(scaled->value));
}

// The zone that the agreement gives, or why there is none. Nothing: the rule asks for none.
std::optional<Refused> find_zone(const Rule& rule,
                                 const Match& match,
                                 const ConvertContext& context,
                                 std::optional<Zone>& zone) {
    if (rule.zone.empty()) return std::nullopt;
    const json* text = value_at(context.agreement, rule.zone);
    if (text == nullptr) return std::nullopt;  // Needed only if the text turns out to need it.
    if (text->is_string()) zone = parse_zone(text->get_ref<const std::string&>());
    if (zone) return std::nullopt;
    return refuse(rule, match,
                  "the agreement's " + rule.zone +
                      " is no zone: an offset like +01:00, or a rule like "
                      "CET-1CEST,M3.5.0,M10.5.0/3, is expected");
}

Converted to_time(const Rule& rule, const Match& match, const ConvertContext& context) {
    std::optional<Zone> zone;
    if (auto refused = find_zone(rule, match, context, zone)) return *refused;
    const bool is_integer = match.value->kind == SourceValue::Kind::integer;
    const Edge edge = rule.as == As::date_end_of_day ? Edge::end : Edge::start;
    const Zone utc;
    std::string names;
    for (const TimeStyle style : rule.styles) {
        names += (names.empty() ? "" : ", ") + std::string(name_of(style));
        if (!is_integer && !is_text(match)) continue;
        const bool lacks_zone = needs_zone(style) && !zone;
        const auto time = read_time(style, match.value->text, is_integer,
                                    zone ? &*zone : (lacks_zone ? &utc : nullptr), edge);
        if (!time) continue;
        if (!lacks_zone) return json(format_time(*time));
        return Refused{
            match.pointer, "agreement-lacks " + rule.zone,
            "a date says nothing about its zone, and the agreement does not give it at " +
                rule.zone};
    }
    return refuse(rule, match, "not a time of a style that the mapping knows (" + names + ")");
}

Converted to_duration(const Rule& rule, const Match& match, const ConvertContext& context) {
    if (!is_text(match)) return refuse(rule, match, expected(match, "a string"));
    const auto duration = parse_duration(match.value->text);
    if (!duration) return refuse(rule, match, "not an ISO 8601 duration without fractions");
    if (rule.after.empty()) {
        const auto unit = in_one_unit(*duration);
        if (!unit) {
            return refuse(rule, match, "no single unit of hours, days, months or years says this");
        }
        return json{{"unit", unit->unit}, {"value", unit->value}};
    }
    const json* base = value_at(context.record, rule.after);
    const auto start = base != nullptr && base->is_string()
                           ? parse_time(base->get_ref<const std::string&>())
                           : std::nullopt;
    if (!start) return refuse(rule, match, "the record has no time at " + rule.after);
    const auto end = add(*start, *duration);
    if (!end) return refuse(rule, match, "it ends after the year 9999");
    return json(format_time(*end));
}

// What this program's own exports call a label of the ledger. Empty: it is none, or the agreement
// does not say that such documents may be believed: anybody could write a name behind the prefix.
std::string_view own_label(std::string_view text, const ConvertContext& context) {
    constexpr std::string_view prefix = "urn:consentree:";
    const auto import = context.agreement.find("import");
    const bool is_believed = import != context.agreement.end() && import->is_object() &&
                             import->value("own_labels", json(false)) == json(true);
    return is_believed && text.starts_with(prefix) ? text.substr(prefix.size())
                                                   : std::string_view();
}

Converted to_party(const Rule& rule, const Match& match, const ConvertContext& context) {
    if (!is_text(match)) return refuse(rule, match, expected(match, "a string"));
    if (const auto label = own_label(match.value->text, context); !label.empty())
        return json(label);
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
    if (const auto label = own_label(match.value->text, context); label.starts_with(rule.kind)) {
        return json(label);
    }
    if (context.pseudonym_key.empty()) {
        return Refused{match.pointer, "pseudonym-key",
                       "an identifier may go on the ledger only as a keyed pseudonym: "
                       "give --pseudonym-key"};
    }
    return json(pseudonym(context.pseudonym_key, rule.kind, match.value->text));
}

// The texts at the parts, each through its table, joined.
Converted to_concat(const Rule& rule, const Match& match, const ConvertContext& context) {
    std::string text = rule.prefix;
    for (std::size_t i = 0; i < rule.parts.size(); ++i) {
        const SourceValue* part = context.paths.below(match, rule.parts[i]);
        const std::string pointer = match.pointer + rule.parts[i];
        if (part == nullptr || part->is_container()) {
            return Refused{pointer, rule_name(rule), "required, and not there"};
        }
        std::string piece = part->text;
        if (!rule.tables.empty() && !rule.tables[i].empty()) {
            auto code = look_up(context.mapping, rule.tables[i], rule.by, piece, pointer);
            if (!code) return code;
            if (code.value().is_null()) return json(nullptr);
            if (!code.value().is_string()) return refuse(rule, match, "the table has no string");
            piece = code.value().get<std::string>();
        }
        text += (text.size() == rule.prefix.size() || piece.empty() ? "" : rule.join) + piece;
    }
    return json(text);
}

// The codes of an object's member names.
Converted to_names(const Rule& rule, const Match& match, const ConvertContext& context) {
    if (match.value->kind != SourceValue::Kind::object) {
        return refuse(rule, match, expected(match, "an object"));
    }
    json codes = json::array();
    for (const SourceMember& member : match.value->members) {
        auto code = look_up(context.mapping, rule.tables.front(), rule.by, member.name,
                            child(match.pointer, member.name));
        if (!code) return code;
        if (!code.value().is_null()) codes.push_back(std::move(code.value()));
    }
    return codes;
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

Converted look_up(const Mapping& mapping,
                  const std::string& table,
                  By by,
                  const std::string& text,
                  const std::string& pointer) {
    const auto& entries = mapping.tables.at(table);
    if (by == By::exact) {
        const auto found = entries.find(text);
        if (found != entries.end()) return found->second;
    } else {
        const std::pair<const std::string, json>* longest = nullptr;
        for (const auto& entry : entries) {
            if (!text.starts_with(entry.first)) continue;
            if (longest == nullptr || entry.first.size() > longest->first.size()) longest = &entry;
        }
        if (longest != nullptr) {
            const json& result = longest->second;
            if (by == By::start || !result.is_string()) return result;
            return json(result.get<std::string>() + text.substr(longest->first.size()));
        }
    }
    // Codes of a standard are no personal data; anything longer is not shown.
    const std::string shown = text.size() <= 40 ? "\"" + text + "\"" : "the value";
    return Refused{pointer, "table " + table, shown + " is not a code of this table"};
}

Converted convert(const Rule& rule, const Match& match, const ConvertContext& context) {
    switch (rule.as) {
        case As::string: return to_string_value(rule, match);
        case As::text:
            if (match.value->is_container()) {
                return refuse(rule, match, expected(match, "a string or a number"));
            }
            return json(match.value->text);
        case As::code:
            if (match.value->is_container()) return refuse(rule, match, expected(match, "a code"));
            return look_up(context.mapping, rule.tables.front(), rule.by, match.value->text,
                           match.pointer);
        case As::boolean:
        case As::boolish: return to_boolean(rule, match, context);
        case As::integer: return to_integer(rule, match);
        case As::decimal: return to_decimal(rule, match, context);
        case As::time:
        case As::date_end_of_day: return to_time(rule, match, context);
        case As::duration: return to_duration(rule, match, context);
        case As::party: return to_party(rule, match, context);
        case As::pseudonym: return to_pseudonym(rule, match, context);
        case As::sha256:
            if (!is_text(match)) return refuse(rule, match, expected(match, "a string"));
            return json(to_hex(sha256(as_bytes(match.value->text)).view()));
        case As::concat: return to_concat(rule, match, context);
        case As::names: return to_names(rule, match, context);
        case As::count: break;  // About all matches: the rule's own doing.
    }
    return refuse(rule, match, "unknown conversion");
}

}  // namespace consentree::client::mapping
