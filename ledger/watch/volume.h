// How much an institution reaches for, against its own past: accesses per UTC hour of block time.
// Whole numbers only; bounded memory. One thread.
#pragma once

#include "ledger/watch/settings.h"

#include "common/types.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace consentree::ledger::watch {

class Volume {
public:
    explicit Volume(const Settings& settings) : settings_(settings) {}

    // Of past hours that are compared with: two weeks.
    static constexpr std::int64_t hours_max = 336;
    // More accesses in an hour count as so many, so that nothing overflows.
    static constexpr std::uint64_t per_hour_max = 4'000'000;
    // Institutions that are followed; further ones are not.
    static constexpr std::size_t actors_max = 4096;

    struct Unusual {
        std::uint64_t in_hour = 0;  // So far.
        std::uint64_t mean = 0;     // Of the past hours, rounded down,
        std::uint64_t spread = 0;   // and their standard deviation, rounded down.
        std::uint64_t hours = 0;    // How many they are.
    };
    // One more access. Says so once in an hour if it makes the hour unusual.
    std::optional<Unusual> count(const std::string& actor, TimeMs time);

private:
    struct Actor {
        std::int64_t first_hour = 0, hour = 0;  // The first ever seen; the current one.
        std::uint64_t in_hour = 0;
        bool is_said = false;
        std::vector<std::uint32_t> past;  // By hour modulo hours_max.
    };
    std::optional<Unusual> judge(Actor& actor) const;

    const Settings& settings_;
    std::map<std::string, Actor> actors_;
};

}  // namespace consentree::ledger::watch
