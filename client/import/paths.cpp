#include "client/import/paths.h"

#include "common/limits.h"

#include <algorithm>
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

// How many "*" stand in what both paths begin with.
std::size_t shared_stars(const std::string& a, const std::string& b) {
    const auto left = pointer_tokens(a), right = pointer_tokens(b);
    std::size_t stars = 0;
    for (std::size_t i = 0; i < std::min(left.size(), right.size()) && left[i] == right[i]; ++i) {
        stars += left[i] == "*" ? 1u : 0u;
    }
    return stars;
}

// One "*" for all matches so far: their elements, or of each the one that is asked for.
class Star {
public:
    Star(bool single_is_list, std::optional<std::size_t> only)
        : single_is_list_(single_is_list), only_(only) {}

    // False if there are more than may be.
    bool expand(const Match& match) {
        if (match.value->kind == SourceValue::Kind::array) {
            for (std::size_t i = 0; i < match.value->items.size(); ++i) {
                if (!add(match, child(match.pointer, std::to_string(i)), match.value->items[i],
                         i)) {
                    return false;
                }
            }
            return true;
        }
        if (!single_is_list_ || match.value->kind == SourceValue::Kind::null) return true;
        return add(match, match.pointer, *match.value, 0);
    }
    std::vector<Match> take() { return std::move(next_); }

private:
    bool add(const Match& match, std::string pointer, const SourceValue& value, std::size_t index) {
        const std::size_t element = visited_++;
        if (only_ && *only_ != index) return true;
        if (next_.size() == limits::mapping_values) return false;
        std::vector<std::size_t> stars = match.stars;
        stars.push_back(index);
        next_.push_back({std::move(pointer), &value, element, std::move(stars)});
        return true;
    }

    bool single_is_list_;
    std::optional<std::size_t> only_;
    std::size_t visited_ = 0;
    std::vector<Match> next_;
};

}  // namespace

std::string Paths::resolve(const Path& path) const {
    return path.starts_with('@') ? base_ + path.substr(1) : path;
}

std::vector<Match> Paths::find_bound(const Path& path, const std::vector<std::size_t>& bound) {
    std::vector<Match> found{{"", &document_, 0, {}}};
    std::vector<std::size_t> only = bound;
    const std::size_t shared = has_chosen() ? shared_stars(resolve(path), chosen_at_) : 0;
    for (std::size_t k = only.size(); k < shared; ++k) only.push_back(chosen_[k]);
    std::size_t depth = 0;
    for (const std::string& token : pointer_tokens(resolve(path))) {
        if (token == "*") {
            Star star(single_is_list_,
                      depth < only.size() ? std::optional(only[depth]) : std::nullopt);
            ++depth;
            for (const Match& match : found) {
                if (star.expand(match)) continue;
                overflow_ = match.pointer;
                break;
            }
            found = star.take();
            continue;
        }
        std::vector<Match> next;
        for (Match& match : found) {
            const SourceValue* value = step(*match.value, token);
            if (value == nullptr) continue;
            match.pointer = child(match.pointer, token);
            match.value = value;
            next.push_back(std::move(match));
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

std::vector<Match> Paths::find(const Path& path) {
    return find_bound(path, {});
}

std::vector<Match> Paths::find(const Path& path, const std::vector<When>& where) {
    std::vector<Match> found = find(path);
    for (const When& when : where) {
        const std::size_t shared = shared_stars(resolve(path), resolve(when.at));
        std::erase_if(found, [&](const Match& match) {
            const auto stars = match.stars.begin();
            return !holds(when, {stars, stars + static_cast<std::ptrdiff_t>(shared)});
        });
    }
    return found;
}

const SourceValue* Paths::below(const Match& match, const std::string& pointer) {
    const SourceValue* value = match.value;
    for (const std::string& token : pointer_tokens(pointer)) {
        value = step(*value, token);
        if (value == nullptr) return nullptr;
    }
    if (!value->is_container()) used_.insert(value);
    return value->kind == SourceValue::Kind::null ? nullptr : value;
}

const SourceValue* Paths::one(const Path& path) {
    const std::vector<Match> found = find(path);
    return found.empty() ? nullptr : found.front().value;
}

bool Paths::holds(const When& when, const std::vector<std::size_t>& bound) {
    const std::vector<Match> found = find_bound(when.at, bound);
    if (when.is.empty()) return found.empty() != when.present;
    return std::any_of(found.begin(), found.end(), [&](const Match& match) {
        return !match.value->is_container() &&
               std::find(when.is.begin(), when.is.end(), match.value->text) != when.is.end();
    });
}

bool Paths::holds(const std::vector<When>& conditions) {
    return std::all_of(conditions.begin(), conditions.end(),
                       [this](const When& when) { return holds(when, {}); });
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
    if (out.size() == limits::mapping_values) return;
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
