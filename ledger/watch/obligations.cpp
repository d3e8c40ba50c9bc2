#include "ledger/watch/obligations.h"

namespace consentree::ledger::watch {

std::optional<Obligations::One> Obligations::expect(const Hash& key, const One& one) {
    auto before = fulfil(key);
    if (by_key_.size() >= most_ && !by_leaf_.empty()) {
        const Hash oldest = by_leaf_.begin()->second;
        fulfil(oldest);
        forgotten_ += 1;
    }
    by_key_.emplace(key, one);
    by_leaf_.emplace(one.leaf, key);
    if (!one.is_named) due_.emplace(one.due, one.leaf, key);
    return before;
}

std::optional<Obligations::One> Obligations::find(const Hash& key) const {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return std::nullopt;
    return found->second;
}

std::optional<Obligations::One> Obligations::fulfil(const Hash& key) {
    const auto one = find(key);
    if (!one) return std::nullopt;
    by_key_.erase(key);
    due_.erase({one->due, one->leaf, key});
    by_leaf_.erase({one->leaf, key});
    return one;
}

std::vector<Obligations::One> Obligations::take_overdue(TimeMs now) {
    std::vector<One> overdue;
    while (!due_.empty() && std::get<0>(*due_.begin()) <= now) {
        One& one = by_key_.at(std::get<2>(*due_.begin()));
        one.is_named = true;
        overdue.push_back(one);
        due_.erase(due_.begin());
    }
    return overdue;
}

}  // namespace consentree::ledger::watch
