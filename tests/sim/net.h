// The simulated network: per directed link delay, loss, duplication and cuts. Machines are
// numbered on their own; twins of one validator are two machines.
#pragma once

#include "consensus/messages.h"
#include "tests/sim/profile.h"
#include "tests/sim/schedule.h"

#include <memory>

namespace consentree::sim {

using namespace consensus;
using MachineId = std::size_t;

class Net {
public:
    struct Frame {
        ValidatorIndex from;
        Message message;
        bool authentic;
    };
    using Receive = std::function<void(MachineId to, const std::shared_ptr<const Frame>&)>;

    Net(Schedule& schedule,
        const Profile& profile,
        std::uint64_t seed,
        std::size_t machine_count,
        Receive receive);
    void send(MachineId from, MachineId to, std::shared_ptr<const Frame> frame);

    void cut(MachineId from, MachineId to, bool is_cut) { cuts_[from][to] = is_cut; }
    bool is_cut(MachineId from, MachineId to) const { return cuts_[from][to]; }
    void slow_down(MachineId from, MachineId to, unsigned factor) { factors_[from][to] = factor; }
    // From now on nothing is lost, cut or slow.
    void heal();
    std::size_t machine_count() const { return cuts_.size(); }

private:
    void deliver_later(MachineId from, MachineId to, const std::shared_ptr<const Frame>& frame);

    Schedule& schedule_;
    Random random_;
    Receive receive_;
    TimeUs latency_;
    unsigned loss_, duplication_;
    std::vector<std::vector<bool>> cuts_;
    std::vector<std::vector<unsigned>> factors_;
};

}  // namespace consentree::sim
