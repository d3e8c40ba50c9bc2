// Seeded random streams. Each use has a stream of its own, made from seed and label, so that
// one fault more does not shift the draws of all others.
#pragma once

#include <cstdint>
#include <string_view>

namespace consentree::sim {

class Random {
public:
    Random(std::uint64_t seed, std::string_view label) : state_(seed * 0x9e3779b97f4a7c15U) {
        for (const char c : label) {
            state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        }
        next();
    }
    // SplitMix64.
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
    std::uint64_t between(std::uint64_t low, std::uint64_t high) {
        return low + below(high - low + 1);
    }
    bool chance(std::uint64_t percent) { return below(100) < percent; }
    // Mostly near mean, with a tail: the sum of geometric doublings.
    std::uint64_t tailed(std::uint64_t mean) {
        std::uint64_t value = between(mean / 2, mean);
        while (chance(25) && value < mean * 64) value += between(0, value);
        return value;
    }

private:
    std::uint64_t state_;
};

}  // namespace consentree::sim
