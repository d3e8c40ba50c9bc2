// consentree_sim: runs seeds of the simulator and prints what it takes to run one again.
#include "tests/sim/world.h"

#include <charconv>
#include <chrono>
#include <iostream>

#ifdef CONSENTREE_PLANTS
namespace consentree {
int plant = 0;  // Which planted bug is awake; see plants.cmake.

// An assertion is a find like any other; this takes the place of the one in common/.
void assertion_failed(const char* expression, const char*, int) {
    throw sim::Violation(std::string("assertion: ") + expression);
}
}  // namespace consentree
#endif

namespace {

using namespace consentree::sim;

struct Options {
    std::uint64_t first = 1, last = 1;
    std::uint64_t steps = 20'000'000;
    bool verbose = false, twice = false, plants = false;
    int plant = 0;
};

bool parse(std::string_view text, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

bool parse(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view flag = argv[i];
        const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
        if (flag == "--verbose") {
            options.verbose = true;
        } else if (flag == "--twice") {
            options.twice = true;
        } else if (flag == "--plants") {
            options.plants = true;
        } else if (flag == "--seed") {
            if (!parse(value, options.first)) return false;
            options.last = options.first;
            ++i;
        } else if (flag == "--seeds") {
            const std::size_t dots = value.find("..");
            if (dots == std::string_view::npos) return false;
            if (!parse(value.substr(0, dots), options.first)) return false;
            if (!parse(value.substr(dots + 2), options.last)) return false;
            ++i;
        } else if (flag == "--steps") {
            if (!parse(value, options.steps)) return false;
            ++i;
        } else if (flag == "--plant") {
            std::uint64_t number = 0;
            if (!parse(value, number)) return false;
            options.plant = static_cast<int>(number);
            ++i;
        } else {
            return false;
        }
    }
    return options.first <= options.last;
}

Outcome run(std::uint64_t seed, const Options& options) {
    return World(seed, options.steps, options.verbose).run();
}

void report(std::uint64_t seed, const Outcome& outcome, const Options& options) {
    const bool one = options.first == options.last;
    if (outcome.ok && !one) return;
    std::cout << "seed " << seed << ": " << (outcome.ok ? "ok" : "FAILED: " + outcome.failure)
              << "\n  " << Profile::draw(seed).to_string() << "\n  height " << outcome.height
              << ", view " << outcome.view << ", events " << outcome.event_count << ", healed in "
              << outcome.heal_time / 1000 << " ms, run hash " << std::hex << outcome.hash
              << std::dec << '\n';
    if (!outcome.ok)
        std::cout << "  again: consentree_sim --seed " << seed << " --verbose" << std::endl;
}

int run_seeds(const Options& options) {
    std::uint64_t failed = 0, events = 0, hash = 0;
    Outcome slowest;
    for (std::uint64_t seed = options.first; seed <= options.last; ++seed) {
        const Outcome outcome = run(seed, options);
        report(seed, outcome, options);
        if (!outcome.ok) ++failed;
        if (options.twice && run(seed, options).hash != outcome.hash) {
            std::cout << "seed " << seed << ": FAILED: two runs have different hashes\n";
            ++failed;
        }
        events += outcome.event_count;
        hash = (hash ^ outcome.hash) * 0x100000001b3U;
        if (outcome.heal_time > slowest.heal_time) slowest = outcome;
    }
    std::cout << options.last - options.first + 1 << " seeds, " << failed << " failed, " << events
              << " events, slowest healing " << slowest.heal_time / 1000 << " ms, run hash "
              << std::hex << hash << std::dec << '\n';
    return failed == 0 ? 0 : 1;
}

#ifdef CONSENTREE_PLANTS
// Every planted bug must be found within the seeds given.
int run_plants(const Options& options) {
    int missed = 0;
    for (int number = 1; number <= CONSENTREE_PLANTS; ++number) {
        consentree::plant = number;
        Outcome outcome;
        std::uint64_t seed = options.first;
        for (; seed <= options.last && outcome.ok; ++seed) outcome = run(seed, options);
        std::cout << "plant " << number << ": ";
        if (outcome.ok) {
            std::cout << "NOT FOUND\n";
            ++missed;
        } else {
            std::cout << "found by seed " << seed - 1 << ": " << outcome.failure << '\n';
        }
    }
    return missed == 0 ? 0 : 1;
}
#endif

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!parse(argc, argv, options)) {
        std::cerr << "usage: consentree_sim [--seed S | --seeds A..B] [--steps N] [--twice] "
                     "[--verbose]\n";
        return 2;
    }
#ifdef CONSENTREE_PLANTS
    if (options.plants) return run_plants(options);
    consentree::plant = options.plant;
#endif
    return run_seeds(options);
}
