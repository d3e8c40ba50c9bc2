#include "ledger/watch/volume.h"

#include <algorithm>

namespace consentree::ledger::watch {
namespace {

constexpr TimeMs hour_ms = 3'600'000;

// The largest number whose square is no more than that.
std::uint64_t whole_root(std::uint64_t square) {
    std::uint64_t root = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1) {
        const std::uint64_t more = root | bit;
        if (more * more <= square) root = more;
    }
    return root;
}

}  // namespace

std::optional<Volume::Unusual> Volume::count(const std::string& actor, TimeMs time) {
    const std::int64_t hour = time / hour_ms;
    auto found = actors_.find(actor);
    if (found == actors_.end()) {
        if (actors_.size() == actors_max) return std::nullopt;
        found = actors_.emplace(actor, Actor{hour, hour, 0, false, {}}).first;
        found->second.past.assign(hours_max, 0);
    }
    Actor& one = found->second;
    // Block time never goes back. The hours in between had none.
    for (std::int64_t at = std::max(one.hour, hour - hours_max); at < hour; ++at) {
        one.past[static_cast<std::size_t>(at % hours_max)] =
            at == one.hour ? static_cast<std::uint32_t>(one.in_hour) : 0;
    }
    if (hour > one.hour) {
        one.hour = hour;
        one.in_hour = 0;
        one.is_said = false;
    }
    one.in_hour = std::min(one.in_hour + 1, per_hour_max);
    return judge(one);
}

// n hours, their sum S and sum of squares Q: the mean is S / n and the standard deviation
// sqrt(n Q - S S) / n. All is compared n-fold, so that nothing is divided.
std::optional<Volume::Unusual> Volume::judge(Actor& actor) const {
    const std::uint64_t in_hour = actor.in_hour;
    if (actor.is_said || in_hour < settings_.volume_floor) return std::nullopt;
    const std::int64_t known = std::min(actor.hour - actor.first_hour, hours_max);
    if (known < static_cast<std::int64_t>(std::max(settings_.volume_history_hours, 1U))) {
        return std::nullopt;
    }
    std::uint64_t sum = 0, squares = 0;
    for (std::int64_t at = actor.hour - known; at < actor.hour; ++at) {
        const std::uint64_t had = actor.past[static_cast<std::size_t>(at % hours_max)];
        sum += had;
        squares += had * had;
    }
    const auto hours = static_cast<std::uint64_t>(known);
    const std::uint64_t spread = whole_root(hours * squares - sum * sum);
    const bool is_far = hours * in_hour > sum + settings_.volume_spreads * spread;
    if (!is_far || hours * in_hour < 2 * sum) return std::nullopt;
    actor.is_said = true;
    return Unusual{in_hour, sum / hours, spread / hours, hours};
}

}  // namespace consentree::ledger::watch
