#include "client/import/json_tree.h"

#include "client/import/source.h"

#include <algorithm>

namespace consentree::client::mapping {

using nlohmann::json;

namespace {

bool is_index(const std::string& token) {
    return !token.empty() && token.size() <= 4 &&
           std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

const json* value_at(const json& tree, std::string_view pointer) {
    const json* at = &tree;
    for (const std::string& token : pointer_tokens(pointer)) {
        if (at->is_object()) {
            const auto found = at->find(token);
            if (found == at->end()) return nullptr;
            at = &*found;
        } else if (at->is_array() && is_index(token) && std::stoul(token) < at->size()) {
            at = &(*at)[std::stoul(token)];
        } else {
            return nullptr;
        }
    }
    return at;
}

bool put_at(json& tree, std::string_view pointer, json value) {
    json* at = &tree;
    for (const std::string& token : pointer_tokens(pointer)) {
        if (is_index(token) && (at->is_null() || at->is_array())) {
            const std::size_t index = std::stoul(token);
            if (at->is_null()) *at = json::array();
            if (index > at->size()) return false;
            if (index == at->size()) at->push_back(nullptr);
            at = &(*at)[index];
        } else if (at->is_null() || at->is_object()) {
            at = &(*at)[token];
        } else {
            return false;
        }
    }
    *at = std::move(value);
    return true;
}

}  // namespace consentree::client::mapping
