// One simulated machine: a replica, and models of the guard, the store, the work pool and the
// driver around it. Votes and journal survive a crash once durable; the end of the chain may not.
#pragma once

#include "tests/sim/net.h"
#include "tests/sim/oracle.h"

namespace consentree::sim {

using Work = std::uint64_t;

class World;

class Machine {
public:
    Machine(World& world, MachineId id, ValidatorIndex index, Policy policy);

    void start();
    void crash();
    void receive(const Net::Frame& frame);
    void connect(ValidatorIndex peer);
    void disconnect(ValidatorIndex peer);
    void learn(Work work);  // Durable: batches are on the disk before they are known.

    bool is_up() const { return replica_.has_value(); }
    bool is_honest() const { return policy_ == Policy::honest; }
    MachineId id() const { return id_; }
    ValidatorIndex index() const { return index_; }
    Height height() const { return chain_.size(); }
    const std::vector<Committed>& chain() const { return chain_; }
    bool knows(Work work) const { return known_.count(work) != 0; }
    bool is_idle() const { return is_up() && !replica_->status().active; }
    Status status() const { return replica_->status(); }

private:
    void step(const Event& event);
    void carry_out(Ready ready);
    void write(std::vector<Message> persist, std::vector<Ballot> ballots);
    bool make_durable(const Ballot& ballot);
    void ask_oracle(const Ballot& ballot);
    void send(const Outgoing& out);
    void lie(const Outgoing& out);
    void nullify_everything(const Message& message);
    Proposal twisted(const Proposal& proposal);
    void commit(const std::vector<Committed>& blocks);
    void make_chain_durable(Height height);
    void build(const BuildPayload& task);
    void check(const CheckBlock& task);
    void answer_check(const CheckBlock& task);
    void catch_up();
    void tell_work();
    void append(const Committed& committed);
    void finish_work(const Bytes& payload);
    std::vector<Work> unordered(const BlockId& parent) const;
    void later(TimeUs delay, std::function<void()> what);
    void wake_at(std::optional<TimeUs> deadline);

    World& world_;
    MachineId id_;
    ValidatorIndex index_;
    Policy policy_;
    Random random_;
    std::optional<Replica> replica_;
    std::uint64_t incarnation_ = 0;  // What was scheduled before a crash does not happen after.
    std::uint64_t wake_ = 0;
    TimeUs disk_free_at_ = 0;
    std::set<BlockId> checked_;
    std::set<std::pair<View, bool>> persisted_;  // Keys of journal_, with writes under way.
    std::vector<BlockId> seen_;                  // For liars: blocks to build on and vote for.
    View nulled_ = 0;

    // Durable, except for the end of the chain.
    std::vector<Vote> votes_;
    View floor_ = 0;
    std::map<std::pair<View, bool>, Message> journal_;  // True: the proposal.
    std::vector<Committed> chain_;
    Height durable_height_ = 0;
    std::set<Work> known_;
    std::set<Work> open_, done_;  // Known and not committed; committed, known or not.
};

// A payload is a list of work; one that starts with a zero word is invalid.
Bytes make_payload(std::uint64_t nonce, const std::vector<Work>& work);
std::vector<Work> work_of(const Bytes& payload);
bool is_valid_payload(const Bytes& payload);

}  // namespace consentree::sim
