// Virtual time: the one queue of everything that will happen. Equal times run in an order drawn
// from the seed.
#pragma once

#include "common/types.h"
#include "tests/sim/random.h"

#include <functional>
#include <queue>
#include <vector>

namespace consentree::sim {

class Schedule {
public:
    explicit Schedule(std::uint64_t seed) : random_(seed, "schedule") {}
    TimeUs now() const { return now_; }
    void at(TimeUs time, std::function<void()> what) {
        queue_.push_back({std::max(time, now_), random_.next(), std::move(what)});
        std::push_heap(queue_.begin(), queue_.end());
    }
    void after(TimeUs delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
    bool is_empty() const { return queue_.empty(); }
    void run_next() {
        std::pop_heap(queue_.begin(), queue_.end());
        Item item = std::move(queue_.back());
        queue_.pop_back();
        now_ = item.time;
        item.what();
    }

private:
    struct Item {
        TimeUs time;
        std::uint64_t tie;
        std::function<void()> what;
        bool operator<(const Item& other) const {
            return time != other.time ? time > other.time : tie > other.tie;
        }
    };
    std::vector<Item> queue_;
    TimeUs now_ = 1'000'000;
    Random random_;
};

}  // namespace consentree::sim
