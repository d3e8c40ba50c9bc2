// One run: machines, network and a fault planner under one seed; first chaos, then a healed
// network in which ten more blocks must become final and everybody must meet.
#pragma once

#include "tests/sim/machine.h"

namespace consentree::sim {

struct Outcome {
    bool ok = true;
    std::string failure;
    std::uint64_t hash = 0;
    std::uint64_t event_count = 0;
    Height height = 0;
    View view = 0;
    TimeUs heal_time = 0;  // From healing to ten more blocks everywhere.
};

class World {
public:
    World(std::uint64_t seed, std::uint64_t step_limit, bool verbose);
    Outcome run();

    // For machines.
    Schedule& schedule() { return schedule_; }
    Oracle& oracle() { return oracle_; }
    const Profile& profile() const { return profile_; }
    const ValidatorSet& set() const { return set_; }
    std::uint64_t seed() const { return seed_; }
    bool is_healed() const { return healed_; }
    void send(MachineId from, std::optional<ValidatorIndex> to, Message message);
    const Machine* source_for(MachineId asker, Height above);
    void note(std::uint64_t what);
    void log(MachineId machine, const std::string& line) const;
    std::uint64_t next_nonce() { return ++nonce_; }

private:
    void run_until(const std::function<bool()>& done, TimeUs limit, const char* what);
    void chaos();
    void plan_fault();
    void cut_randomly();
    void crash(Machine& machine, TimeUs down);
    void tell_sessions(const Machine& machine, bool open);
    void heal();
    void add_work();
    void spread(Work work, MachineId to);
    void converge();

    std::uint64_t seed_, step_limit_;
    bool verbose_;
    Profile profile_;
    ValidatorSet set_;
    Schedule schedule_;
    Random random_;
    Oracle oracle_;
    Net net_;
    std::vector<std::unique_ptr<Machine>> machines_;
    bool working_ = true, healed_ = false;
    TimeUs heal_time_ = 0;
    std::uint64_t hash_ = 0xcbf29ce484222325U, events_ = 0, nonce_ = 0;
    Work last_work_ = 0;
};

}  // namespace consentree::sim
