#include "ledger/event_fields.h"

#include "common/time.h"

#include <algorithm>
#include <array>

namespace consentree::ledger {
namespace {

constexpr std::array<bool, 256> make_table(std::string_view extra, bool upper) {
    std::array<bool, 256> table{};
    for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
    for (char c = 'A'; upper && c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
    for (const char c : extra) table[static_cast<unsigned char>(c)] = true;
    return table;
}
constexpr auto code_characters = make_table(":._|-", true);
constexpr auto label_characters = make_table("._-", true);
constexpr auto institution_characters = make_table("-", false);

bool all_in(std::string_view text, const std::array<bool, 256>& table) {
    return std::all_of(text.begin(), text.end(),
                       [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

bool is_country(std::string_view text) {
    return text.size() == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

std::string list_pointer(std::string_view name, std::uint32_t index) {
    return std::string(name) + "/" + std::to_string(index);
}

constexpr std::string_view code_rule = "1 to 128 characters of [A-Za-z0-9:._|-] were expected";

}  // namespace

bool is_code(std::string_view text) {
    return !text.empty() && text.size() <= code_bytes && all_in(text, code_characters);
}

bool is_subject(std::string_view text) {
    return text.size() > 4 && text.size() <= 68 && text.starts_with("sub:") &&
           all_in(text.substr(4), label_characters);
}

bool is_institution(std::string_view text) {
    return !text.empty() && text.size() <= 64 && all_in(text, institution_characters);
}

std::optional<std::string_view> Fields::string(std::string_view name, Need need) {
    const auto member = need == Need::required ? reader.require(name, Json::Type::string)
                                               : reader.find(name, Json::Type::string);
    if (!member) return std::nullopt;
    return member->string();
}

std::string Fields::code(std::string_view name, Need need) {
    const auto text = string(name, need);
    if (!text) return {};
    if (!is_code(*text)) reader.fail(name, std::string(code_rule));
    return std::string(*text);
}

std::string Fields::subject(std::string_view name, Need need) {
    const auto text = string(name, need);
    if (!text) return {};
    if (!is_subject(*text)) {
        reader.fail(name, "a subject label was expected: \"sub:\" and 1 to 64 of [A-Za-z0-9._-]");
    }
    return std::string(*text);
}

std::string Fields::institution(std::string_view name) {
    const auto text = string(name, Need::required);
    if (!text) return {};
    if (!is_institution(*text)) {
        reader.fail(name, "an institution id was expected: 1 to 64 of [a-z0-9-]");
    }
    return std::string(*text);
}

std::string Fields::one_of(std::string_view name,
                           std::initializer_list<std::string_view> words,
                           Need need) {
    const auto text = string(name, need);
    if (!text) return {};
    if (std::find(words.begin(), words.end(), *text) == words.end()) {
        std::string detail = "one of these was expected:";
        for (const std::string_view word : words) detail += " " + std::string(word);
        reader.fail(name, std::move(detail));
    }
    return std::string(*text);
}

std::string Fields::legal_basis(Need need) {
    return one_of(
        "legal_basis",
        {"consent", "contract", "legal_obligation", "vital", "public_task", "legitimate_interest"},
        need);
}

void Fields::text(std::string_view name, std::size_t byte_limit, Need need) {
    kept_text(name, byte_limit, need);
}

std::string Fields::kept_text(std::string_view name, std::size_t byte_limit, Need need) {
    const auto text = string(name, need);
    if (!text) return {};
    if (text->empty() || text->size() > byte_limit) {
        reader.fail(name, "1 to " + std::to_string(byte_limit) + " bytes of text were expected");
        return {};
    }
    return std::string(*text);
}

std::string Fields::sha256(std::string_view name, Need need) {
    const auto text = string(name, need);
    if (!text) return {};
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (text->size() != 64 || !std::all_of(text->begin(), text->end(), is_digit)) {
        reader.fail(name, "a SHA-256 of 64 lower-case hexadecimal digits was expected");
    }
    return std::string(*text);
}

void Fields::country(std::string_view name, Need need) {
    const auto text = string(name, need);
    if (text && !is_country(*text)) {
        reader.fail(name, "an ISO 3166 code of two capital letters was expected");
    }
}

TimeMs Fields::time(std::string_view name) {
    const auto text = string(name, Need::required);
    if (!text) return 0;
    const auto time = parse_time(*text);
    if (!time) reader.fail(name, "a time like 2027-06-30T00:00:00.000Z was expected");
    return time.value_or(0);
}

std::optional<TimeMs> Fields::optional_time(std::string_view name, bool may_be_null) {
    const auto member = reader.find(name);
    if (!member || (may_be_null && member->is(Json::Type::null))) return std::nullopt;
    const auto time = member->is(Json::Type::string) ? parse_time(member->string()) : std::nullopt;
    if (!time) reader.fail(name, "a time like 2027-06-30T00:00:00.000Z was expected");
    return time;
}

bool Fields::boolean(std::string_view name) {
    const auto member = reader.require(name, Json::Type::boolean);
    return member && member->boolean();
}

std::int64_t Fields::integer(std::string_view name,
                             std::int64_t least,
                             std::int64_t most,
                             Need need) {
    const auto member = need == Need::required ? reader.require(name, Json::Type::integer)
                                               : reader.find(name, Json::Type::integer);
    if (!member) return 0;
    const std::int64_t value = member->integer();
    if (value < least || value > most) {
        reader.fail(name, "an integer from " + std::to_string(least) + " to " +
                              std::to_string(most) + " was expected");
    }
    return value;
}

std::vector<std::string> Fields::codes(std::string_view name, std::size_t least, Need need) {
    const auto member = need == Need::required ? reader.require(name, Json::Type::array)
                                               : reader.find(name, Json::Type::array);
    std::vector<std::string> codes;
    if (!member) return codes;
    if (member->count() < least || member->count() > list_items) {
        reader.fail(name, std::to_string(least) + " to " + std::to_string(list_items) +
                              " items were expected");
        return codes;
    }
    codes.reserve(member->count());
    Json::Value item = member->first();
    for (std::uint32_t index = 0; index < member->count(); ++index, item = item.next()) {
        const bool is_text = item.is(Json::Type::string) && is_code(item.string());
        if (!is_text || std::find(codes.begin(), codes.end(), item.string()) != codes.end()) {
            reader.fail({.code = "schema-violation",
                         .detail = is_text ? "this item is repeated" : std::string(code_rule),
                         .pointer = reader.pointer_to("") + "/" + list_pointer(name, index),
                         .hint = ""});
            return codes;
        }
        codes.emplace_back(item.string());
    }
    return codes;
}

std::vector<std::string> Fields::countries(std::string_view name, std::size_t least, Need need) {
    std::vector<std::string> items = codes(name, least, need);
    for (std::uint32_t index = 0; index < items.size(); ++index) {
        if (is_country(items[index])) continue;
        reader.fail({.code = "schema-violation",
                     .detail = "an ISO 3166 code of two capital letters was expected",
                     .pointer = reader.pointer_to("") + "/" + list_pointer(name, index),
                     .hint = ""});
        break;
    }
    return items;
}

Resources Fields::resources(std::string_view name) {
    Resources resources;
    const auto member = reader.find(name);
    if (member && member->is(Json::Type::string) && member->string() == "all") {
        resources.all = true;
    } else if (member && !member->is(Json::Type::array)) {
        reader.fail(name, "\"all\" or an array of labels was expected");
    } else {
        resources.labels = codes(name, 1);
    }
    return resources;
}

}  // namespace consentree::ledger
