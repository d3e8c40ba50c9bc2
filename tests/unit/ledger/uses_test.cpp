// Uses of one consent, over many rows and blocks, against plain counting.
#include "ledger/lifecycle.h"
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

#include <random>

namespace consentree::ledger::test {
namespace {

class CountedTables : public MapTables {
public:
    std::optional<Bytes> get(Table table, BytesView key) const override {
        if (table == Table::uses) ++rows_read;
        return MapTables::get(table, key);
    }
    mutable std::size_t rows_read = 0;
};

struct PlainUse {
    TimeMs time = 0;
    bool is_returned = false;
};

class Uses {
public:
    explicit Uses(unsigned seed) : random_(seed) {
        Overlay overlay(tables_);
        const auto event = parse_event(request_consent({}, start_time()));
        REQUIRE_FALSE(apply_request(overlay, *event->lifecycle().record, {}).has_value());
        end_block(overlay);
    }

    // A block in which the consent was used so many times; the state is compared in between.
    void block(int uses) {
        Overlay overlay(tables_);
        Overlay::Slot& slot = overlay.consent("northbank", "c1");
        now_ += pick(3);
        for (int k = 0; k < uses; ++k) {
            Overlay::count_event(slot, now_, pick(5) == 0 ? Use::attended : Use::unattended);
            if (slot.consent.state.rate_uses > all_.size()) all_.push_back({now_, false});
            if (pick(20) == 0 && slot.consent.state.returned_times.size() < returned_uses_max) {
                give_back(slot);
            }
            if (pick(10) == 0) compare(overlay, slot);
        }
        end_block(overlay);
    }
    // As the next block, or a question, finds it.
    void compare() {
        Overlay overlay(tables_);
        compare(overlay, overlay.consent("northbank", "c1"));
    }

private:
    int pick(int choices) { return static_cast<int>(random_() % static_cast<unsigned>(choices)); }

    void end_block(Overlay& overlay) {
        WriteSet writes;
        overlay.collect_writes(writes);
        tables_.apply(writes);
    }

    void give_back(Overlay::Slot& slot) {
        if (all_.empty()) return;
        PlainUse& use = all_[random_() % all_.size()];
        if (use.is_returned) return;
        use.is_returned = true;
        auto& times = slot.consent.state.returned_times;
        times.insert(std::upper_bound(times.begin(), times.end(), use.time), use.time);
    }

    void compare(Overlay& overlay, Overlay::Slot& slot) {
        const TimeMs start = pick(3) == 0 ? now_ - pick(3) : pick(static_cast<int>(now_) + 2);
        std::uint64_t before = 0, count = 0;
        for (const PlainUse& use : all_) {
            before += use.time < start ? 1u : 0u;
            count += use.time >= start && !use.is_returned ? 1u : 0u;
        }
        const auto found = overlay.window_uses(slot, start);
        CHECK(found.first == before);
        CHECK(found.count == count);
        if (!all_.empty()) {
            const std::size_t place = random_() % all_.size();
            CHECK(overlay.use_time(slot, place) == all_[place].time);
        }
        const std::uint64_t limits[] = {1, count, count + 1, all_.size(), all_.size() + 1};
        for (const std::uint64_t limit : limits) {
            if (limit == 0) continue;
            slot.row_at_hand.reset();
            tables_.rows_read = 0;
            CHECK(overlay.is_window_full(slot, start, limit) == (count >= limit));
            CHECK(tables_.rows_read <= 1);
        }
    }

    std::minstd_rand random_;
    CountedTables tables_;
    TimeMs now_ = 1;
    std::vector<PlainUse> all_;  // The unattended ones.
};

}  // namespace

TEST_CASE("uses: windows over many rows are counted as one by one, and looked up in one") {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        INFO("seed " << seed);
        Uses uses(seed);
        const int blocks[] = {0, 1, 15, 1, 16, 3, 40, 0, 33, 100, 7};
        for (const int size : blocks) {
            uses.block(size);
            uses.compare();
        }
    }
}

}  // namespace consentree::ledger::test
