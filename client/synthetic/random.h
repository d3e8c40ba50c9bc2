// Numbers that look random and are the same from the same seed on every machine: integers only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace consentree::client::synthetic {

// SplitMix64.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    // 0 to n - 1, each equally often. n is not 0.
    std::uint64_t below(std::uint64_t n);
    bool chance(std::uint64_t part, std::uint64_t of) { return below(of) < part; }
    template <class T>
    void shuffle(std::vector<T>& items) {
        for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
    }

private:
    std::uint64_t state_;
};

// How much more often the first ranks are drawn than the last.
enum class Skew : std::uint8_t { none, zipf_1_0, zipf_1_2 };

// Draws ranks from 0 on, by a table of whole numbers.
class Ranks {
public:
    Ranks(std::size_t count, Skew skew);
    std::size_t draw(Random& random) const;
    std::size_t count() const { return until_.size(); }
    std::uint64_t weight(std::size_t rank) const;
    std::uint64_t total() const { return until_.back(); }

private:
    std::vector<std::uint64_t> until_;  // Sums of the weights up to each rank, inclusive.
};

}  // namespace consentree::client::synthetic
