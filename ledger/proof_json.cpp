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

std::optional<Refusal> parse_file(std::string_view text,
                                  const std::string& what,
                                  std::size_t bytes_max,
                                  int depth_max,
                                  std::initializer_list<const char*> members,
                                  Json& json) {
    const auto malformed = [&what](std::string pointer, std::string detail) {
        return Refusal{what + "-malformed", std::move(detail), std::move(pointer), {}};
    };
    if (text.size() > bytes_max) return malformed("", "the " + what + " is too large");
    auto parsed = parse_strict(text, depth_max);
    if (!parsed || !parsed->is_object()) return malformed("", "not a JSON object of a " + what);
    if (!parsed->contains("version")) return malformed("", "there is no version");
    const Json& version = (*parsed)["version"];
    if (!version.is_number_unsigned()) return malformed("/version", "not a version number");
    if (version != 1) {
        return Refusal{what + "-unsupported", "version " + version.dump() + " of a " + what,
                       "/version", "use a newer version of this program"};
    }
    if (!has_members(*parsed, members)) {
        std::string names;
        for (const char* name : members) names += std::string(names.empty() ? "" : ", ") + name;
        return malformed("", "expected " + names + ", and no more");
    }
    json = std::move(*parsed);
    return std::nullopt;
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

std::optional<std::vector<Hash>> hashes_of(const Json& json, std::size_t most) {
    if (!json.is_array() || json.size() > most) return std::nullopt;
    std::vector<Hash> hashes;
    for (const Json& each : json) {
        const auto hash = fixed_of<Hash>(each);
        if (!hash) return std::nullopt;
        hashes.push_back(*hash);
    }
    return hashes;
}

std::optional<Hash> network_of(const Json& json) {
    const auto text = text_of(json);
    const auto network = text ? fixed_from_hex<Hash>(*text) : std::nullopt;
    if (!network || to_hex(network->view()) != *text) return std::nullopt;
    return network;
}

}  // namespace consentree::ledger::proof_json
