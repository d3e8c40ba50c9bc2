#include "ledger/proof_json.h"

#include <set>

namespace consentree::ledger::proof_json {

std::optional<Json> parse_strict(std::string_view text, int depth_max) {
    bool is_strict = true;
    std::vector<std::set<std::string>> members;
    const Json::parser_callback_t watch = [&](int depth, Json::parse_event_t event, Json& value) {
        if (event == Json::parse_event_t::object_start) members.emplace_back();
        if (event == Json::parse_event_t::object_end && !members.empty()) members.pop_back();
        if (event == Json::parse_event_t::key && !members.empty()) {
            is_strict &= members.back().insert(value.get<std::string>()).second;
        }
        is_strict &= depth <= depth_max;
        return is_strict;
    };
    Json json = Json::parse(text, watch, false);
    if (!is_strict || json.is_discarded()) return std::nullopt;
    return json;
}

bool has_members(const Json& json, std::initializer_list<const char*> names) {
    if (!json.is_object() || json.size() != names.size()) return false;
    return std::all_of(names.begin(), names.end(),
                       [&](const char* name) { return json.contains(name); });
}

std::optional<std::string_view> text_of(const Json& json) {
    if (!json.is_string()) return std::nullopt;
    return std::string_view(json.get_ref<const std::string&>());
}

std::optional<Bytes> base64_of(const Json& json) {
    const auto text = text_of(json);
    return text ? from_base64(*text) : std::nullopt;
}

}  // namespace consentree::ledger::proof_json
