#include "bench/measure.h"

#include "common/keys.h"

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

namespace consentree::bench {

std::uint64_t cpu_time_us(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return 0;
    // proc(5): the name in parentheses may hold spaces; utime and stime are fields 14 and 15.
    std::istringstream rest(line.substr(line.rfind(')') + 2));
    std::string skipped;
    for (int field = 3; field < 14; ++field) rest >> skipped;
    std::uint64_t user = 0, system = 0;
    rest >> user >> system;
    const auto ticks = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    return (user + system) * 1'000'000 / ticks;
}

std::uint64_t resident_bytes(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    std::uint64_t size = 0, resident = 0;
    file >> size >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

double own_cpu_us() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto us = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return us(used.ru_utime) + us(used.ru_stime);
}

double calibrate(double seconds) {
    using Clock = std::chrono::steady_clock;
    // Many keys, as in a ledger: one key alone would stay in the cache.
    struct Signed {
        PublicKey key;
        Bytes message;
        Signature signature;
    };
    std::vector<Signed> samples;
    for (std::size_t i = 0; i < 256; ++i) {
        const SecretKey key = SecretKey::generate();
        Bytes message = random_bytes(300);
        const Signature signature = key.sign(message);
        samples.push_back({key.public_key(), std::move(message), signature});
    }
    const auto began = Clock::now();
    std::size_t done = 0, good = 0;
    std::chrono::duration<double> spent{};
    while (spent.count() < seconds) {
        const Signed& sample = samples[done % samples.size()];
        good += verify(sample.key, sample.message, sample.signature) ? 1u : 0u;
        if (++done % 64 == 0) spent = Clock::now() - began;
    }
    return good == done ? static_cast<double>(done) / spent.count() : 0;
}

double percentile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    const std::size_t at = std::min(values.size() - 1, rank == 0 ? 0 : rank - 1);
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.end());
    return values[at];
}

}  // namespace consentree::bench
