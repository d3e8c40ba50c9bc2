// Figures, not checks; run by hand: storage_test '[bench]' (docs/performance.md).
#include "common/codec.h"
#include "common/hash.h"
#include "storage/store.h"
#include "tests/unit/storage/guard_fixture.h"

#include <sys/resource.h>
#include <chrono>
#include <iostream>

using namespace guard_test;
using ledger::Table;

namespace {

double now_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double cpu_s() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Bytes number_key(std::uint64_t number) {
    Writer key;
    key.u64(number);
    return key.take();
}

// The rows of a block of `events` events in signed batches of 100.
ledger::WriteSet block_writes(std::uint64_t height, std::uint64_t events) {
    ledger::WriteSet writes;
    const std::uint64_t transactions = events / 100;
    writes.push_back({Table::block, number_key(height), random_bytes(600)});
    for (std::uint64_t i = 0; i < transactions; ++i) {
        const std::uint64_t number = height * transactions + i;
        const Hash id = sha256(number_key(number));
        writes.push_back({Table::transaction, to_bytes(id.view()), random_bytes(900)});
        writes.push_back({Table::entry, number_key(number * 100), random_bytes(2500)});
    }
    for (std::uint64_t i = 0; i < events; ++i) {
        const Hash id = sha256(number_key(height * events + i));
        writes.push_back({Table::uses, to_bytes(id.view()), number_key(i)});
        if (i % 4 == 0) writes.push_back({Table::state, to_bytes(id.view()), random_bytes(200)});
    }
    for (std::uint64_t i = 0; i <= events / 256; ++i) {
        writes.push_back({Table::tile, number_key(height * events / 256 + i), random_bytes(8192)});
    }
    return writes;
}

ledger::WriteSet batch_writes(std::uint64_t number) {
    // A quarter random, as signatures, hashes and salts are; the rest repeats, as JSON does.
    Bytes batch(240 * 1024, 'j');
    const Bytes noise = random_bytes(60 * 1024);
    for (std::size_t i = 0; i < noise.size(); ++i) batch[i * 4] = noise[i];
    return {{Table::batch, number_key(number), std::move(batch)}};
}

}  // namespace

TEST_CASE("bench: one guarded vote", "[.][bench]") {
    const GuardFolder folder;
    const auto guard = folder.open();
    std::vector<double> spent;
    const double cpu = cpu_s();
    for (View view = 1; view <= 1000; ++view) {
        const double begun = now_s();
        REQUIRE(signs(*guard, notarize, view, 'a'));
        spent.push_back((now_s() - begun) * 1e6);
        guard->raise_floor(view - 1);
    }
    std::ranges::sort(spent);
    std::cout << "guard sign: p50 " << spent[500] << " us, p99 " << spent[990] << " us, max "
              << spent.back() << " us, cpu " << (cpu_s() - cpu) * 1000 << " us each\n";
}

TEST_CASE("bench: a million events into the store", "[.][bench]") {
    const TemporaryFolder folder;
    auto store = storage::open_rocks_store(folder.path);
    REQUIRE(store.has_value());
    constexpr std::uint64_t blocks = 1000, events = 1000;
    std::vector<double> spent;
    std::uint64_t puts = 0, bytes = 0;
    double cpu = 0;
    const double begun = now_s();
    for (std::uint64_t height = 1; height <= blocks; ++height) {
        for (const auto& writes : {batch_writes(height), block_writes(height, events)}) {
            puts += writes.size();
            for (const auto& write : writes) bytes += write.key.size() + write.value->size();
            const double cpu_begun = cpu_s(), write_begun = now_s();
            REQUIRE((*store)->write(writes));
            spent.push_back((now_s() - write_begun) * 1e3);
            cpu += cpu_s() - cpu_begun;
        }
    }
    const double seconds = now_s() - begun;
    std::ranges::sort(spent);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    std::cout << "store: " << puts << " puts, " << bytes / 1000000 << " MB in " << seconds
              << " s; while writing " << cpu * 1e6 / static_cast<double>(puts) << " us cpu a put, "
              << cpu * 1e6 / (blocks * events) << " us cpu an event; p50 "
              << spent[spent.size() / 2] << " ms, p99 " << spent[spent.size() * 99 / 100] << " ms; "
              << usage.ru_maxrss / 1024 << " MiB resident at most; "
              << (*store)->disk_bytes() / 1000000 << " MB on disk\n";
}
