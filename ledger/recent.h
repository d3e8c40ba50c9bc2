// Rows that execution has used lately, decoded, so that the next blocks need not read them again.
// Bounded: what was not used for long is forgotten. One thread.
#pragma once

#include "common/bytes.h"

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>

namespace consentree::ledger {

// Keys are hashes.
template <class Key, class Value>
class Recent {
public:
    // About so many values are kept.
    explicit Recent(std::size_t capacity) : half_(capacity / 2) {}

    // The value, which is no longer in here then.
    std::optional<Value> take(const Key& key) {
        for (auto* part : {&young_, &old_}) {
            if (auto found = part->extract(key)) return std::move(found.mapped());
        }
        return std::nullopt;
    }
    // As the row stands after the block that is being executed.
    void put(const Key& key, Value value) {
        if (young_.size() >= half_) {
            old_ = std::exchange(young_, {});
        }
        young_.insert_or_assign(key, std::move(value));
    }

private:
    using Part = std::unordered_map<Key, Value, UniformHash>;
    std::size_t half_;
    Part young_, old_;
};

}  // namespace consentree::ledger
