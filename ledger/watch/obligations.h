// What somebody has to do by a time: kept until it is done, and named once its time has passed.
// Bounded: the oldest are forgotten. One thread.
#pragma once

#include "common/bytes.h"
#include "ledger/watch/alert.h"

#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace consentree::ledger::watch {

class Obligations {
public:
    struct One {
        Rule rule = Rule::unconfirmed_delivery;
        TimeMs due = 0;
        std::uint64_t leaf = 0;  // Of the entry that it comes from.
        bool is_named = false;   // Its time has passed.
    };
    explicit Obligations(std::size_t most) : most_(most) {}

    // Takes the place of one with this key, which it returns.
    std::optional<One> expect(const Hash& key, const One& one);
    std::optional<One> find(const Hash& key) const;
    // It is done, in time or not.
    std::optional<One> fulfil(const Hash& key);
    // Those whose time has passed by now and that were not named yet, in the order of time and log.
    std::vector<One> take_overdue(TimeMs now);
    std::size_t size() const { return by_key_.size(); }
    std::uint64_t forgotten() const { return forgotten_; }

private:
    std::size_t most_;
    std::uint64_t forgotten_ = 0;
    std::unordered_map<Hash, One, UniformHash> by_key_;
    std::set<std::tuple<TimeMs, std::uint64_t, Hash>> due_;  // Not named yet.
    std::set<std::pair<std::uint64_t, Hash>> by_leaf_;
};

}  // namespace consentree::ledger::watch
