#include "tests/sim/profile.h"

namespace consentree::sim {

Profile Profile::draw(std::uint64_t seed) {
    Random random(seed, "profile");
    Profile profile;
    const std::size_t counts[] = {4, 4, 4, 4, 5, 6, 7, 10};
    profile.validator_count = counts[random.below(8)];
    if (random.chance(60)) {
        const std::size_t faults = (profile.validator_count - 1) / 3;
        profile.byzantine_count = random.between(1, faults);
        const Policy policies[] = {Policy::silent, Policy::nuller, Policy::liar, Policy::liar,
                                   Policy::twin,   Policy::twin,   Policy::twin};
        profile.policy = policies[random.below(7)];
    }
    const TimeUs latencies[] = {500, 2'000, 10'000, 40'000};
    profile.latency = latencies[random.below(4)];
    if (random.chance(50)) profile.loss = static_cast<unsigned>(random.between(1, 30));
    if (random.chance(50)) profile.duplication = static_cast<unsigned>(random.between(1, 30));
    profile.partitions = random.chance(50);
    profile.one_way = random.chance(40);
    profile.crashes = random.chance(60);
    profile.crashes_of_all = random.chance(40);
    profile.slow_checks = random.chance(40);
    profile.eager_work = random.chance(30);
    profile.disk_latency = random.chance(50) ? 300 : 5'000;
    profile.chaos_time = random.between(3, 12) * 1'000'000;
    return profile;
}

std::string Profile::to_string() const {
    static constexpr const char* policies[] = {"honest", "silent", "nuller", "liar", "twin"};
    std::string text = "n=" + std::to_string(validator_count);
    if (byzantine_count > 0) {
        text += " byzantine=" + std::to_string(byzantine_count) + "x" +
                policies[static_cast<std::size_t>(policy)];
    }
    text += " latency=" + std::to_string(latency) + "us loss=" + std::to_string(loss) +
            "% duplication=" + std::to_string(duplication) + "%";
    if (partitions) text += " partitions";
    if (one_way) text += " one-way";
    if (crashes) text += " crashes";
    if (crashes_of_all) text += " crashes-of-all";
    if (slow_checks) text += " slow-checks";
    if (eager_work) text += " eager-work";
    text += " disk=" + std::to_string(disk_latency) + "us";
    return text;
}

}  // namespace consentree::sim
