// Hidden: ledger_bench "[.bench]" reports what the verdict costs where one consent has very
// many uses, at commit and by event time.
#include "ledger/access.h"
#include "ledger/event_time.h"
#include "storage/store.h"
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>

namespace consentree::ledger::test {
namespace {

constexpr int uses = 100'000, per_block = 1000, samples = 5000;
using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

void report(const std::string& what, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    std::cout << what << ": median " << times[times.size() / 2] << " us, p99 "
              << times[times.size() * 99 / 100] << " us\n";
}

// A consent of 5,000 uses a day that was used 4,000 times a day: the window's start is looked for
// at each verdict.
class Used {
public:
    Used() {
        RecordText text;
        text.fetch = R"({"kind":"periodic","count":5000,"unit":"day"})";
        execute("northbank", {request_consent(text, now), authorise(now)});
        for (int k = 0; k < uses; k += per_block) {
            now += 6 * 3'600'000;
            std::vector<std::string> events;
            for (int e = 0; e < per_block; ++e) events.push_back(ask(k + e));
            REQUIRE(execute("unilab", std::move(events)) == per_block);
        }
        now += 6 * 3'600'000;
    }
    std::string ask(int session) const {
        AccessText text;
        text.session_id = "s" + std::to_string(session);
        return access_request(text, now);
    }

    Network network;
    TimeMs now = start_time();
    WriteSet writes;  // Of all blocks.

private:
    std::uint64_t execute(std::string_view who, std::vector<std::string> events) {
        const auto transaction = network.sign(who, std::move(events), now + 1000);
        const Execution done =
            network.run(network.block({network.batch({transaction})}, now), false);
        writes.insert(writes.end(), done.writes.begin(), done.writes.end());
        return done.accesses_permitted;
    }
};

// Blocks of one access or of many.
void measure(const std::string& where, const Reader& reader, const Used& used, int block) {
    std::vector<double> times;
    std::unique_ptr<Overlay> overlay;
    for (int k = 0; k < samples; ++k) {
        const auto event = parse_event(used.ask(uses + k));
        if (k % block == 0) overlay = std::make_unique<Overlay>(reader);
        const AccessContext context{used.network.genesis(), *overlay,
                                    static_cast<TimeUs>(used.now) * 1000};
        const auto start = Clock::now();
        const AccessOutcome outcome = record_access(context, *event, 1);
        times.push_back(microseconds_since(start));
        REQUIRE(outcome.judgement.verdict == Verdict::permit);
    }
    report("verdict at commit, " + std::to_string(uses) + " uses, " + where + ", blocks of " +
               std::to_string(block),
           std::move(times));
}

}  // namespace

TEST_CASE("bench: the verdict with very many uses on one consent", "[.bench]") {
    Used used;
    for (const int block : {1, 10, 100}) {
        measure("tables in memory", used.network.tables(), used, block);
    }
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / "consentree-verdict-bench";
    std::filesystem::remove_all(folder);
    {
        auto store = storage::open_rocks_store(folder);
        REQUIRE(store.has_value());
        REQUIRE((*store)->write(used.writes).has_value());
        const auto snapshot = (*store)->snapshot();
        for (const int block : {1, 10, 100}) measure("RocksDB", *snapshot, used, block);
    }
    std::filesystem::remove_all(folder);
}

TEST_CASE("bench: the verdict by event time with very many uses on one consent", "[.bench]") {
    Used used;
    std::vector<std::string> bytes;
    std::vector<TimedEntry> entries;
    LeafQuery query;
    query.consent = consent_key("northbank", "c1");
    query.direction = Direction::ascending;
    query.tree_size = load_tip(used.network.tables())->tree_size;
    query.limit = uses;
    bytes.reserve(uses + 2);
    do {
        const LeafPage page = list_leaves(used.network.tables(), query);
        for (const std::uint64_t leaf : page.leaves) {
            const EntryView entry = get_entry(used.network.tables(), leaf).value();
            bytes.emplace_back(as_text(entry.event_bytes));
            entries.push_back(
                {leaf, static_cast<TimeMs>(entry.time_us / 1000), entry.flags, bytes.back()});
        }
        query.from = page.next;
    } while (query.from);
    REQUIRE(entries.size() == uses + 2);
    const auto start = Clock::now();
    const auto verdicts = judge_by_event_time(entries);
    std::cout << "by event time, " << uses << " uses: " << microseconds_since(start) / 1e6
              << " s\n";
    REQUIRE(verdicts.has_value());
    CHECK(std::all_of(verdicts->begin(), verdicts->end(), [](const EventTimeVerdict& one) {
        return one.judgement.verdict == Verdict::permit;
    }));
}

}  // namespace consentree::ledger::test
