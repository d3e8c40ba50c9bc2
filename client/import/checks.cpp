#include "client/import/checks.h"

#include "client/import/decimal.h"
#include "client/import/json_tree.h"

#include <algorithm>
#include <charconv>

namespace consentree::client::mapping {

using nlohmann::json;

namespace {

// Times of a record have one spelling, whose text order is time order.
bool in_order(const Check& check, const json& record, std::string& more) {
    const json* a = value_at(record, check.operands[0]);
    const json* b = value_at(record, check.operands[1]);
    if (a == nullptr || b == nullptr || !a->is_string() || !b->is_string()) return true;
    const auto& first = a->get_ref<const std::string&>();
    const auto& second = b->get_ref<const std::string&>();
    more = " (" + first + ", " + second + ")";
    return check.kind == "lt" ? first < second : first <= second;
}

bool in_range(std::int64_t value, const Check& check) {
    return value >= check.min.value_or(value) && value <= check.max.value_or(value);
}

bool is_integer(const SourceValue& value, const Check& check) {
    std::int64_t number = 0;
    const char* end = value.text.data() + value.text.size();
    const auto [stop, error] = std::from_chars(value.text.data(), end, number);
    return value.kind == SourceValue::Kind::integer && error == std::errc() && stop == end &&
           in_range(number, check);
}

bool is_url(const std::string& text) {
    const std::size_t scheme = text.starts_with("https://")  ? 8
                               : text.starts_with("http://") ? 7
                                                             : 0;
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>';
    });
    return scheme != 0 && text.size() > scheme && text[scheme] != '/' && plain;
}

// Amounts have no sign.
bool is_amount(const std::string& text) {
    const auto value = parse_decimal_number(text);
    return value && !value->negative;
}

bool is_one_of(const Check& check, const std::string& text) {
    return std::find(check.is.begin(), check.is.end(), text) != check.is.end();
}

// Checks about each value by itself: where the first stands that does not hold, or nothing.
std::optional<std::string> first_bad(const Check& check, const std::vector<Match>& matches) {
    std::set<std::string> seen;
    for (const Match& match : matches) {
        const SourceValue& value = *match.value;
        const bool holds = check.kind == "int"        ? is_integer(value, check)
                           : check.kind == "decimal"  ? is_amount(value.text)
                           : check.kind == "url"      ? is_url(value.text)
                           : check.kind == "only"     ? is_one_of(check, value.text)
                           : check.kind == "distinct" ? seen.insert(value.text).second
                                                      : true;
        if (!holds) return match.pointer;
    }
    return std::nullopt;
}

std::set<std::string> texts_of(const std::vector<Match>& matches) {
    std::set<std::string> texts;
    for (const Match& match : matches) texts.insert(match.value->text);
    return texts;
}

// Every list that is there names the same values.
bool same_lists(const Check& check, Paths& paths) {
    std::optional<std::set<std::string>> first;
    for (const Path& path : check.operands) {
        const auto texts = texts_of(paths.find(path, check.where));
        if (texts.empty()) continue;
        if (first && *first != texts) return false;
        first = texts;
    }
    return true;
}

// About all values together.
bool holds_together(const Check& check, const std::vector<Match>& matches) {
    if (check.kind == "exists") return !matches.empty();
    if (check.kind == "absent") return matches.empty();
    if (check.kind == "count") {
        return in_range(static_cast<std::int64_t>(matches.size()), check);
    }
    if (check.kind != "some") return true;
    return std::any_of(matches.begin(), matches.end(),
                       [&](const Match& match) { return is_one_of(check, match.value->text); });
}

}  // namespace

std::optional<Refused> run_check(const Check& check, Paths& paths, const json& record) {
    if (!paths.holds(check.when)) return std::nullopt;
    std::string more;
    std::string at = paths.resolve(check.at);
    bool holds = true;
    if (check.kind == "lt" || check.kind == "le") {
        holds = in_order(check, record, more);
    } else if (check.kind == "given") {
        const json* value = value_at(record, check.operands.front());
        holds = value != nullptr && !value->is_null();
    } else if (check.kind == "same") {
        holds = same_lists(check, paths);
    } else {
        const std::vector<Match> matches = paths.find(check.operands.front(), check.where);
        const auto bad = first_bad(check, matches);
        holds = !bad && holds_together(check, matches);
        if (bad) at = *bad;
    }
    if (holds) return std::nullopt;
    return Refused{std::move(at), check.id, check.because + more};
}

}  // namespace consentree::client::mapping
