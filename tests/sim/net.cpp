#include "tests/sim/net.h"

namespace consentree::sim {

Net::Net(Schedule& schedule,
         const Profile& profile,
         std::uint64_t seed,
         std::size_t machine_count,
         Receive receive)
    : schedule_(schedule),
      random_(seed, "net"),
      receive_(std::move(receive)),
      latency_(profile.latency),
      loss_(profile.loss),
      duplication_(profile.duplication),
      cuts_(machine_count, std::vector<bool>(machine_count, false)),
      factors_(machine_count, std::vector<unsigned>(machine_count, 1)) {}

void Net::send(MachineId from, MachineId to, std::shared_ptr<const Frame> frame) {
    if (random_.chance(loss_)) return;
    deliver_later(from, to, frame);
    if (random_.chance(duplication_)) deliver_later(from, to, frame);
}

// A cut loses what is under way as well: it is looked at when the frame arrives.
void Net::deliver_later(MachineId from, MachineId to, const std::shared_ptr<const Frame>& frame) {
    const TimeUs delay = random_.tailed(latency_) * factors_[from][to];
    schedule_.after(delay, [this, from, to, frame] {
        if (!cuts_[from][to]) receive_(to, frame);
    });
}

void Net::heal() {
    loss_ = 0;
    duplication_ = 0;
    latency_ = std::min<TimeUs>(latency_, 10'000);
    for (auto& row : cuts_) row.assign(row.size(), false);
    for (auto& row : factors_) row.assign(row.size(), 1);
}

}  // namespace consentree::sim
