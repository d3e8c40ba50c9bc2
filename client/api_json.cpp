#include "client/api_json.h"

namespace consentree::client::api {

namespace {

// Counts brackets outside strings, so that depth is bounded before anything is built.
bool is_deeper_than(std::string_view text, std::size_t limit) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\') {
                ++at;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > limit) return true;
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return false;
}

Refusal malformed(std::string detail) {
    return Refusal{"malformed-json", std::move(detail), "", "Send one JSON value in UTF-8."};
}

}  // namespace

Checked<Document> parse_bounded(std::string_view text, std::size_t depth_limit) {
    if (is_deeper_than(text, depth_limit)) {
        return malformed("nested deeper than " + std::to_string(depth_limit));
    }
    std::vector<std::set<std::string>> names;
    std::string duplicate;
    const Json::parser_callback_t on_part = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) names.emplace_back();
        if (event == Json::parse_event_t::object_end) names.pop_back();
        if (event == Json::parse_event_t::key && !names.back().insert(parsed).second) {
            duplicate = parsed;
        }
        return true;
    };
    Json value = Json::parse(text, on_part, false);
    if (value.is_discarded()) return malformed("not valid JSON");
    if (!duplicate.empty()) return malformed("member \"" + duplicate + "\" occurs twice");
    return Document{std::move(value)};
}

std::string dump(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json embed(const std::string& json_text) {
    Json value = Json::parse(json_text, nullptr, false);
    if (value.is_discarded()) return Json(json_text);
    return value;
}

Json or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json or_null(const std::optional<std::uint64_t>& number) {
    return number ? Json(*number) : Json(nullptr);
}

MemberReader::MemberReader(const Json& object, std::string pointer)
    : object_(object), pointer_(std::move(pointer)) {
    if (!object.is_object()) {
        refusal_ = Refusal{"schema-violation", "a JSON object is expected", pointer_, ""};
    }
}

void MemberReader::fail(const std::string& name, const std::string& detail) {
    if (!refusal_) refusal_ = Refusal{"schema-violation", detail, pointer_ + "/" + name, ""};
}

const Json* MemberReader::find(const char* name, bool required) {
    asked_.insert(name);
    if (refusal_) return nullptr;
    const auto at = object_.find(name);
    if (at == object_.end() || at->is_null()) {
        if (required) fail(name, std::string("member \"") + name + "\" is missing");
        return nullptr;
    }
    return &*at;
}

std::string MemberReader::text(const char* name) {
    const Json* value = find(name, true);
    if (value == nullptr) return {};
    if (!value->is_string()) {
        fail(name, "a string is expected");
        return {};
    }
    return value->get<std::string>();
}

std::string MemberReader::optional_text(const char* name) {
    return find(name, false) == nullptr ? std::string() : text(name);
}

std::uint64_t MemberReader::number(const char* name) {
    const Json* value = find(name, true);
    if (value == nullptr) return 0;
    if (!value->is_number_unsigned()) {
        fail(name, "a whole number from 0 is expected");
        return 0;
    }
    return value->get<std::uint64_t>();
}

std::uint64_t MemberReader::optional_number(const char* name, std::uint64_t otherwise) {
    return find(name, false) == nullptr ? otherwise : number(name);
}

std::optional<std::uint64_t> MemberReader::number_or_null(const char* name) {
    if (find(name, false) == nullptr) return std::nullopt;
    return number(name);
}

std::uint64_t MemberReader::number_up_to(const char* name, std::uint64_t limit) {
    const std::uint64_t value = number(name);
    if (value > limit) fail(name, "above " + std::to_string(limit));
    return value > limit ? 0 : value;
}

bool MemberReader::boolean(const char* name, bool otherwise) {
    const Json* value = find(name, false);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) {
        fail(name, "true or false is expected");
        return otherwise;
    }
    return value->get<bool>();
}

std::vector<std::string> MemberReader::texts(const char* name, bool required) {
    std::vector<std::string> out;
    const Json* list = array(name, required);
    if (list == nullptr) return out;
    for (const Json& element : *list) {
        if (!element.is_string()) {
            fail(name, "an array of strings is expected");
            return {};
        }
        out.push_back(element.get<std::string>());
    }
    return out;
}

std::vector<std::uint64_t> MemberReader::numbers(const char* name) {
    std::vector<std::uint64_t> out;
    const Json* list = array(name, false);
    if (list == nullptr) return out;
    for (const Json& element : *list) {
        if (!element.is_number_unsigned()) {
            fail(name, "an array of whole numbers is expected");
            return {};
        }
        out.push_back(element.get<std::uint64_t>());
    }
    return out;
}

std::string MemberReader::json(const char* name) {
    const Json* value = find(name, false);
    if (value == nullptr) return {};
    return dump(*value);
}

const Json* MemberReader::array(const char* name, bool required) {
    const Json* value = find(name, required);
    if (value == nullptr) return nullptr;
    if (!value->is_array()) {
        fail(name, "an array is expected");
        return nullptr;
    }
    return value;
}

void MemberReader::refuse_unknown() {
    if (refusal_) return;
    for (const auto& member : object_.items()) {
        if (asked_.count(member.key()) == 0) {
            fail(member.key(), "unknown member \"" + member.key() + "\"");
            return;
        }
    }
}

}  // namespace consentree::client::api
