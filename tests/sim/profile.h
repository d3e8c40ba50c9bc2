// What one seed turns on. Every fault is off in about half of the seeds, so that faults do not
// hide each other (swarm testing).
#pragma once

#include "consensus/replica.h"
#include "tests/sim/random.h"

#include <string>

namespace consentree::sim {

enum class Policy : std::uint8_t { honest, silent, nuller, liar, twin };

struct Profile {
    std::size_t validator_count = 4;
    std::size_t byzantine_count = 0;
    Policy policy = Policy::honest;  // Of the Byzantine validators.
    TimeUs latency = 2'000;          // Mean, one way.
    unsigned loss = 0;               // Percent.
    unsigned duplication = 0;
    bool partitions = false;
    bool one_way = false;
    bool crashes = false;
    bool crashes_of_all = false;
    bool slow_checks = false;
    bool eager_work = false;  // More work than blocks can take.
    TimeUs disk_latency = 300;
    TimeUs chaos_time = 12'000'000;

    static Profile draw(std::uint64_t seed);
    std::string to_string() const;
};

}  // namespace consentree::sim
