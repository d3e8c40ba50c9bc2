#include "client/import/checks.h"

#include <algorithm>
#include <charconv>

namespace consentree::client::mapping {

using nlohmann::json;

namespace {

Refused refuse(const Check& check, std::string pointer, const std::string& more = "") {
    return {std::move(pointer), check.id, check.because + more};
}

// Times of a record have one spelling, whose text order is time order.
std::optional<Refused> compare(const Check& check, Paths& paths, const json& record) {
    const json::json_pointer left(check.left), right(check.right);
    if (!record.contains(left) || !record.contains(right)) return std::nullopt;
    const json& a = record.at(left);
    const json& b = record.at(right);
    if (!a.is_string() || !b.is_string()) return std::nullopt;
    const auto& first = a.get_ref<const std::string&>();
    const auto& second = b.get_ref<const std::string&>();
    if (check.compare == "lt" ? first < second : first <= second) return std::nullopt;
    return refuse(check, paths.resolve(check.at), " (" + first + ", " + second + ")");
}

std::optional<Refused> in_range(const Check& check, Paths& paths) {
    for (const Match& match : paths.find(check.integer)) {
        const std::string& text = match.value->text;
        std::int64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        const bool whole =
            match.value->kind == SourceValue::Kind::integer && error == std::errc() && stop == end;
        if (whole && value >= check.min.value_or(value) && value <= check.max.value_or(value)) {
            continue;
        }
        return refuse(check, match.pointer);
    }
    return std::nullopt;
}

std::optional<Refused> is_url(const Check& check, Paths& paths) {
    for (const Match& match : paths.find(check.url)) {
        const std::string& text = match.value->text;
        const std::size_t scheme = text.starts_with("https://")  ? 8
                                   : text.starts_with("http://") ? 7
                                                                 : 0;
        const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
            return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>';
        });
        if (scheme != 0 && text.size() > scheme && text[scheme] != '/' && plain) continue;
        return refuse(check, match.pointer);
    }
    return std::nullopt;
}

// UK Open Banking, account-access-consents, "Permissions": an empty set is invalid; Credits or
// Debits needs ReadTransactionsBasic or Detail, and the reverse; accounts must be readable.
std::optional<Refused> permission_set(const Check& check, Paths& paths) {
    const std::string at = paths.resolve(check.at);
    std::set<std::string> given;
    for (const Match& match : paths.find(check.at + "/*")) {
        if (!given.insert(match.value->text).second) {
            return Refused{match.pointer, check.id, "the permission is listed twice"};
        }
    }
    if (given.empty()) return Refused{at, check.id, "no permission is asked for"};
    const auto has = [&](const char* name) { return given.contains(name); };
    const bool depth = has("ReadTransactionsBasic") || has("ReadTransactionsDetail");
    const bool side = has("ReadTransactionsCredits") || has("ReadTransactionsDebits");
    if (depth && !side) {
        return Refused{at, check.id,
                       "ReadTransactionsBasic or Detail needs Credits or Debits beside it"};
    }
    if (side && !depth) {
        return Refused{at, check.id,
                       "ReadTransactionsCredits or Debits needs Basic or Detail beside it"};
    }
    if (!has("ReadAccountsBasic") && !has("ReadAccountsDetail")) {
        return Refused{at, check.id, "ReadAccountsBasic or ReadAccountsDetail must be there"};
    }
    return std::nullopt;
}

bool is_amount(const std::string& text) {
    const std::size_t digits = text.find_first_not_of("0123456789");
    if (text.empty() || digits == 0) return false;
    if (digits == std::string::npos) return true;
    return text[digits] == '.' && digits + 1 < text.size() &&
           text.find_first_not_of("0123456789", digits + 1) == std::string::npos;
}

// Account Aggregator certification test 1014: a type filter takes CREDIT or DEBIT, an amount
// filter a number; one bad filter refuses the consent.
std::optional<Refused> data_filter(const Check& check, Paths& paths) {
    const std::vector<Match> filters = paths.find(check.at + "/*");
    for (const Match& filter : filters) {
        const SourceValue* type = filter.value->find("type");
        const SourceValue* value = filter.value->find("value");
        if (type == nullptr || value == nullptr) {
            return Refused{filter.pointer, check.id, "a filter has a type and a value"};
        }
        const bool holds = type->text == "TRANSACTIONTYPE"
                               ? value->text == "CREDIT" || value->text == "DEBIT"
                               : is_amount(value->text);
        if (!holds) return refuse(check, child(filter.pointer, "value"));
    }
    return std::nullopt;
}

}  // namespace

bool is_native_check(std::string_view name) {
    return name == "ob-permission-set" || name == "rebit-data-filter";
}

std::optional<Refused> run_check(const Check& check, Paths& paths, const json& record) {
    if (check.when && !paths.holds(*check.when)) return std::nullopt;
    if (!check.compare.empty()) return compare(check, paths, record);
    if (!check.integer.empty()) return in_range(check, paths);
    if (!check.url.empty()) return is_url(check, paths);
    if (check.native == "ob-permission-set") return permission_set(check, paths);
    return data_filter(check, paths);
}

}  // namespace consentree::client::mapping
