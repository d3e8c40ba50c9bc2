#include "client/import/paths.h"

#include "common/limits.h"

#include <charconv>

namespace consentree::client::mapping {

namespace {

const SourceValue* step(const SourceValue& value, const std::string& token) {
    if (value.kind == SourceValue::Kind::object) return value.find(token);
    if (value.kind != SourceValue::Kind::array) return nullptr;
    std::size_t index = 0;
    const char* end = token.data() + token.size();
    const auto [stop, error] = std::from_chars(token.data(), end, index);
    if (error != std::errc() || stop != end || index >= value.items.size()) return nullptr;
    return &value.items[index];
}

}  // namespace

std::string Paths::resolve(const Path& path) const {
    return path.starts_with('@') ? base_ + path.substr(1) : path;
}

std::vector<Match> Paths::find(const Path& path) {
    std::vector<Match> found{{"", &document_, 0}};
    for (const std::string& token : pointer_tokens(resolve(path))) {
        std::vector<Match> next;
        for (const Match& match : found) {
            if (token == "*" && match.value->kind == SourceValue::Kind::array) {
                for (std::size_t i = 0; i < match.value->items.size(); ++i) {
                    if (next.size() == limits::mapping_values) break;
                    next.push_back(
                        {child(match.pointer, std::to_string(i)), &match.value->items[i], i});
                }
            } else if (const SourceValue* value = step(*match.value, token)) {
                next.push_back({child(match.pointer, token), value, match.element});
            }
        }
        found = std::move(next);
    }
    for (const Match& match : found) {
        if (!match.value->is_container()) used_.insert(match.value);
    }
    std::erase_if(found,
                  [](const Match& match) { return match.value->kind == SourceValue::Kind::null; });
    return found;
}

const SourceValue* Paths::one(const Path& path) {
    const std::vector<Match> found = find(path);
    return found.empty() ? nullptr : found.front().value;
}

bool Paths::holds(const When& when) {
    const SourceValue* value = one(when.at);
    return value != nullptr && !value->is_container() && value->text == when.is;
}

void Paths::mark(const SourceValue& value) {
    used_.insert(&value);
    for (const SourceValue& item : value.items) mark(item);
    for (const SourceMember& member : value.members) mark(member.value);
}

void Paths::ignore(const Path& path) {
    for (const Match& match : find(path)) mark(*match.value);
}

void Paths::collect_unused(const SourceValue& value,
                           const std::string& pointer,
                           std::vector<std::string>& out) const {
    if (!value.is_container()) {
        if (!used_.contains(&value)) out.push_back(pointer);
        return;
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        collect_unused(value.items[i], child(pointer, std::to_string(i)), out);
    }
    for (const SourceMember& member : value.members) {
        collect_unused(member.value, child(pointer, member.name), out);
    }
}

std::vector<std::string> Paths::unused() const {
    std::vector<std::string> result;
    collect_unused(document_, "", result);
    return result;
}

}  // namespace consentree::client::mapping
