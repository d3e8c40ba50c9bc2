#include "client/synthetic/random.h"

#include <algorithm>

namespace consentree::client::synthetic {
namespace {

// The fifth root of n in 1/256ths, rounded down; n is below 2^22.
std::uint64_t fifth_root_256(std::uint64_t n) {
    const std::uint64_t target = n << 40;
    std::uint64_t root = 0;
    for (std::uint64_t bit = 1u << 12; bit != 0; bit >>= 1) {
        const std::uint64_t tried = root | bit;
        const std::uint64_t square = tried * tried;
        // tried < 2^13: its fourth power fits, its fifth is compared by division.
        if (square * square <= target / tried) root = tried;
    }
    return root;
}

std::uint64_t weight_of(std::uint64_t place, Skew skew) {
    constexpr std::uint64_t whole = std::uint64_t{1} << 44;
    switch (skew) {
        case Skew::none: return 1;
        case Skew::zipf_1_0: return whole / place;
        case Skew::zipf_1_2: return whole / (place * fifth_root_256(place));
    }
    return 1;
}

}  // namespace

std::uint64_t Random::next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

std::uint64_t Random::below(std::uint64_t n) {
    // What is left over at the top would make the first numbers more frequent.
    const std::uint64_t most = UINT64_MAX - UINT64_MAX % n;
    std::uint64_t drawn = next();
    while (drawn >= most) drawn = next();
    return drawn % n;
}

Ranks::Ranks(std::size_t count, Skew skew) {
    until_.reserve(count);
    std::uint64_t sum = 0;
    for (std::size_t place = 1; place <= count; ++place) {
        sum += weight_of(place, skew);
        until_.push_back(sum);
    }
}

std::size_t Ranks::draw(Random& random) const {
    const std::uint64_t drawn = random.below(total());
    return static_cast<std::size_t>(std::upper_bound(until_.begin(), until_.end(), drawn) -
                                    until_.begin());
}

std::uint64_t Ranks::weight(std::size_t rank) const {
    return until_[rank] - (rank == 0 ? 0 : until_[rank - 1]);
}

}  // namespace consentree::client::synthetic
