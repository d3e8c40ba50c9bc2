#include "tests/sim/world.h"

#include <iostream>

namespace consentree::sim {

namespace {

ValidatorSet make_set(std::size_t count) {
    ValidatorSet set;
    set.network.bytes.fill(0x42);
    set.vote_keys.resize(count);
    return set;
}

// The last ones are Byzantine, so that view 1 has an honest leader in some seeds and not in others.
std::set<ValidatorIndex> make_byzantine(const Profile& profile, std::uint64_t seed) {
    std::set<ValidatorIndex> byzantine;
    Random random(seed, "byzantine");
    while (byzantine.size() < profile.byzantine_count) {
        byzantine.insert(static_cast<ValidatorIndex>(random.below(profile.validator_count)));
    }
    return byzantine;
}

std::size_t machine_count(const Profile& profile) {
    const bool twins = profile.policy == Policy::twin;
    return profile.validator_count + (twins ? profile.byzantine_count : 0);
}

}  // namespace

World::World(std::uint64_t seed, std::uint64_t step_limit, bool verbose)
    : seed_(seed),
      step_limit_(step_limit),
      verbose_(verbose),
      profile_(Profile::draw(seed)),
      set_(make_set(profile_.validator_count)),
      schedule_(seed),
      random_(seed, "world"),
      oracle_(set_, make_byzantine(profile_, seed)),
      net_(schedule_,
           profile_,
           seed,
           machine_count(profile_),
           [this](MachineId to, const std::shared_ptr<const Net::Frame>& frame) {
               machines_[to]->receive(*frame);
           }) {
    oracle_.on_block(set_.network, Block{});
    for (ValidatorIndex i = 0; i < set_.count(); ++i) {
        const Policy policy = oracle_.is_honest(i) ? Policy::honest : profile_.policy;
        machines_.push_back(std::make_unique<Machine>(*this, machines_.size(), i, policy));
    }
    for (ValidatorIndex i = 0; i < set_.count(); ++i) {
        if (oracle_.is_honest(i) || profile_.policy != Policy::twin) continue;
        machines_.push_back(std::make_unique<Machine>(*this, machines_.size(), i, Policy::twin));
    }
}

void World::note(std::uint64_t what) {
    for (const std::uint64_t word : {schedule_.now(), what}) {
        hash_ = (hash_ ^ word) * 0x100000001b3U;
        hash_ ^= hash_ >> 29;
    }
}

void World::log(MachineId machine, const std::string& line) const {
    if (!verbose_) return;
    std::cout << schedule_.now() << " #" << machine << " (" << machines_[machine]->index() << ") "
              << line << '\n';
}

void World::send(MachineId from, std::optional<ValidatorIndex> to, Message message) {
    const bool authentic = is_authentic(message, set_);
    const ValidatorIndex sender = machines_[from]->index();
    const auto frame =
        std::make_shared<const Net::Frame>(Net::Frame{sender, std::move(message), authentic});
    for (const auto& machine : machines_) {
        if (machine->index() == sender || (to && machine->index() != *to)) continue;
        net_.send(from, machine->id(), frame);
    }
}

// Some honest machine that has more committed blocks.
const Machine* World::source_for(MachineId asker, Height above) {
    const std::size_t first = random_.below(machines_.size());
    for (std::size_t i = 0; i < machines_.size(); ++i) {
        const Machine& machine = *machines_[(first + i) % machines_.size()];
        if (!machine.is_honest() || !machine.is_up() || machine.height() <= above) continue;
        if (net_.is_cut(machine.id(), asker) || net_.is_cut(asker, machine.id())) continue;
        return &machine;
    }
    return nullptr;
}

void World::run_until(const std::function<bool()>& done, TimeUs limit, const char* what) {
    const TimeUs end = schedule_.now() + limit;
    while (!done()) {
        if (schedule_.is_empty() || schedule_.now() > end) {
            throw Violation(std::string("V12: ") + what);
        }
        if (++events_ > step_limit_) throw Violation("V12: step limit reached");
        schedule_.run_next();
    }
}

// Clients hand work to one machine, from where it spreads like a batch does.
void World::add_work() {
    if (working_) {
        const Work work = ++last_work_;
        const MachineId first = random_.below(machines_.size());
        machines_[first]->learn(work);
        for (const auto& machine : machines_) spread(work, machine->id());
    }
    const TimeUs pause = profile_.eager_work ? 30'000 : 300'000;
    schedule_.after(random_.tailed(pause), [this] { add_work(); });
}

void World::spread(Work work, MachineId to) {
    if (machines_[to]->knows(work)) return;
    const bool reachable =
        machines_[to]->is_up() && std::any_of(machines_.begin(), machines_.end(), [&](auto& m) {
            return m->is_up() && m->knows(work) && !net_.is_cut(m->id(), to);
        });
    const TimeUs delay = reachable ? random_.tailed(profile_.latency) : 200'000;
    schedule_.after(delay, [this, work, to, reachable] {
        if (reachable && machines_[to]->is_up()) machines_[to]->learn(work);
        spread(work, to);
    });
}

void World::cut_randomly() {
    const std::size_t count = machines_.size();
    const std::uint64_t mode = random_.below(profile_.one_way ? 4 : 3);
    std::vector<std::pair<MachineId, MachineId>> links;
    const MachineId lone = random_.below(count);
    std::uint64_t side = random_.next();
    for (MachineId a = 0; a < count; ++a) {
        for (MachineId b = 0; b < count; ++b) {
            const bool apart = ((side >> a) & 1) != ((side >> b) & 1);
            const bool is_cut = (mode == 0 && apart) || (mode == 1 && (a == lone || b == lone)) ||
                                (mode == 2 && random_.chance(30)) || (mode == 3 && b == lone);
            if (is_cut && a != b) links.emplace_back(a, b);
        }
    }
    for (const auto& [a, b] : links) {
        net_.cut(a, b, true);
        if (random_.chance(30)) machines_[b]->disconnect(machines_[a]->index());
    }
    schedule_.after(random_.between(50'000, 4'000'000), [this, links] {
        if (healed_) return;
        for (const auto& [a, b] : links) net_.cut(a, b, false);
        for (const auto& [a, b] : links) machines_[b]->connect(machines_[a]->index());
    });
}

// Sessions are told of with luck only: some seeds never hear that one has ended or begun.
void World::tell_sessions(const Machine& machine, bool open) {
    for (const auto& other : machines_) {
        if (other->index() == machine.index() || random_.chance(30)) continue;
        schedule_.after(random_.between(0, 50'000), [this, &other = *other, &machine, open] {
            if (healed_) return;
            if (!open) return other.disconnect(machine.index());
            other.connect(machine.index());
            machines_[machine.id()]->connect(other.index());
        });
    }
}

void World::crash(Machine& machine, TimeUs down) {
    machine.crash();
    tell_sessions(machine, false);
    schedule_.after(down, [this, &machine] {
        if (machine.is_up()) return;
        machine.start();
        tell_sessions(machine, true);
    });
}

void World::plan_fault() {
    if (healed_) return;
    schedule_.after(random_.between(50'000, 1'500'000), [this] { plan_fault(); });
    switch (random_.below(5)) {
        case 0:
        case 1:
            if (profile_.partitions || profile_.policy == Policy::twin) cut_randomly();
            break;
        case 2:
            if (profile_.crashes) {
                crash(*machines_[random_.below(machines_.size())],
                      random_.between(1'000, 3'000'000));
            }
            break;
        case 3:
            if (profile_.crashes_of_all) {
                for (const auto& machine : machines_) {
                    crash(*machine, random_.between(1'000, 500'000));
                }
            }
            break;
        default:
            net_.slow_down(random_.below(machines_.size()), random_.below(machines_.size()),
                           static_cast<unsigned>(random_.between(1, 50)));
    }
}

void World::chaos() {
    for (const auto& machine : machines_) machine->start();
    add_work();
    plan_fault();
    const TimeUs end = schedule_.now() + profile_.chaos_time;
    run_until([&] { return schedule_.now() >= end; }, profile_.chaos_time, "chaos ended early");
}

void World::heal() {
    healed_ = true;
    net_.heal();
    for (const auto& machine : machines_) {
        if (!machine->is_up()) machine->start();
    }
    for (const auto& a : machines_) {
        for (const auto& b : machines_) {
            if (a->index() != b->index()) a->connect(b->index());
        }
    }
}

// Liveness: ten more blocks are final everywhere within a bound, and when there is no more work,
// all honest validators stand at one height and are silent.
void World::converge() {
    const auto all = [this](const std::function<bool(const Machine&)>& holds) {
        return std::all_of(machines_.begin(), machines_.end(),
                           [&](const auto& m) { return !m->is_honest() || holds(*m); });
    };
    const TimeUs healed_at = schedule_.now();
    const Height target = oracle_.highest() + 10;
    const TimeUs bound = 60'000'000;
    run_until([&] { return all([&](const Machine& m) { return m.height() >= target; }); }, bound,
              "no ten finalizations after healing");
    heal_time_ = schedule_.now() - healed_at;
    working_ = false;
    run_until(
        [&] {
            return all(
                [&](const Machine& m) { return m.is_idle() && m.height() == oracle_.highest(); });
        },
        bound, "no silence at one height when the work is done");
}

Outcome World::run() {
    Outcome outcome;
    try {
        chaos();
        heal();
        converge();
    } catch (const Violation& violation) {
        outcome.ok = false;
        outcome.failure = violation.what();
    }
    outcome.hash = hash_;
    outcome.event_count = events_;
    outcome.height = oracle_.highest();
    outcome.heal_time = heal_time_;
    for (const auto& machine : machines_) {
        if (machine->is_up()) outcome.view = std::max(outcome.view, machine->status().view);
    }
    return outcome;
}

}  // namespace consentree::sim
