#include "client/import/mapping_reader.h"

#include "common/limits.h"

namespace consentree::client::mapping {

using nlohmann::json;

void Faults::raise(const std::string& pointer, const std::string& detail) {
    if (faults_.size() == limits::mapping_faults) return;
    faults_.push_back({"mapping-malformed", detail, pointer, ""});
}

ObjectReader::ObjectReader(const json& value, std::string pointer, Faults& faults)
    : value_(value), pointer_(std::move(pointer)), faults_(faults) {
    if (!value_.is_object()) faults_.raise(pointer_, "an object is expected");
}

ObjectReader::~ObjectReader() {
    if (!value_.is_object()) return;
    for (const auto& [name, value] : value_.items()) {
        if (!known_.contains(name)) faults_.raise(child(pointer_, name), "unknown member");
    }
}

const json* ObjectReader::get(const std::string& name) {
    known_.insert(name);
    if (!value_.is_object()) return nullptr;
    const auto at = value_.find(name);
    return at == value_.end() ? nullptr : &*at;
}

std::string ObjectReader::text(const std::string& name, bool required) {
    const json* value = get(name);
    if (value == nullptr) {
        if (required) raise("member \"" + name + "\" is missing");
        return "";
    }
    if (!value->is_string()) {
        raise_at(name, "a string is expected");
        return "";
    }
    return value->get<std::string>();
}

std::vector<std::string> ObjectReader::texts(const std::string& name) {
    const json* value = get(name);
    if (value == nullptr) return {};
    if (value->is_string()) return {value->get<std::string>()};
    std::vector<std::string> result;
    if (value->is_array()) {
        for (const json& item : *value) {
            if (item.is_string()) result.push_back(item.get<std::string>());
        }
    }
    if (!value->is_array() || result.size() != value->size()) {
        raise_at(name, "a string or a list of strings is expected");
    }
    return result;
}

void ObjectReader::check_path(const std::string& name, const Path& path) {
    if (path.empty() || path.front() == '/' || path == "@" || path.starts_with("@/")) return;
    raise_at(name, "\"" + path + "\" is no path: it starts with / or @/");
}

Path ObjectReader::path(const std::string& name, bool required) {
    Path path = text(name, required);
    check_path(name, path);
    return path;
}

std::vector<Path> ObjectReader::paths(const std::string& name) {
    std::vector<Path> found = texts(name);
    for (const Path& path : found) check_path(name, path);
    return found;
}

std::optional<std::int64_t> ObjectReader::integer(const std::string& name,
                                                  std::int64_t least,
                                                  std::int64_t most) {
    const json* value = get(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number_integer() || value->get<std::int64_t>() < least ||
        value->get<std::int64_t>() > most) {
        raise_at(name, "an integer from " + std::to_string(least) + " to " + std::to_string(most) +
                           " is expected");
        return std::nullopt;
    }
    return value->get<std::int64_t>();
}

bool ObjectReader::flag(const std::string& name) {
    const json* value = get(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) raise_at(name, "true or false is expected");
    return value->is_boolean() && value->get<bool>();
}

When ObjectReader::condition(const json& value, const std::string& pointer) {
    ObjectReader inner(value, pointer, faults_);
    When result;
    result.at = inner.path("at", true);
    result.is = inner.texts("is");
    const bool says = inner.get("present") != nullptr;
    if (says) result.present = inner.flag("present");
    if (says == !result.is.empty()) inner.raise("\"is\" or \"present\" is expected");
    return result;
}

std::vector<When> ObjectReader::conditions(const std::string& name) {
    const json* value = get(name);
    if (value == nullptr) return {};
    const std::string pointer = child(pointer_, name);
    if (!value->is_array()) return {condition(*value, pointer)};
    std::vector<When> result;
    for (std::size_t i = 0; i < value->size(); ++i) {
        result.push_back(condition((*value)[i], child(pointer, std::to_string(i))));
    }
    return result;
}

}  // namespace consentree::client::mapping
