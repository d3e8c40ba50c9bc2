// The invariants of docs/invariants.md, checked after every event from outside: it sees what
// guards made durable, what left a machine and what was committed, never a replica's own state.
#pragma once

#include "consensus/ready.h"
#include "tests/sim/scheme.h"

#include <map>
#include <set>
#include <stdexcept>

namespace consentree::sim {

struct Violation : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Oracle {
public:
    Oracle(ValidatorSet set, std::set<ValidatorIndex> byzantine);

    bool is_honest(ValidatorIndex index) const { return byzantine_.count(index) == 0; }

    // Every block that anybody made.
    void on_block(const BlockId& id, const Block& block);
    const Block* block(const BlockId& id) const;

    // An honest guard is about to promise this: V2 and the rules of docs/consensus.md.
    void on_asked(
        ValidatorIndex voter, const Ballot& ballot, View floor, bool checked, bool persisted);
    void on_durable(const Vote& vote);
    // Something left the machine of this honest validator.
    void on_sent(ValidatorIndex from, const Message& message);
    void on_byzantine_sent(const Message& message);
    void on_committed(ValidatorIndex node,
                      Height expected,
                      const Committed& committed,
                      const BlockId& previous);
    void on_evidence(const Evidence& evidence);
    void on_restart(ValidatorIndex node, View view);

    Height highest() const { return chain_.empty() ? 0 : chain_.rbegin()->first; }
    std::size_t nullified() const { return nullified_.size(); }

private:
    [[noreturn]] void fail(const std::string& rule, const std::string& what) const;
    void require(bool holds, const char* rule, const std::string& what) const {
        if (!holds) fail(rule, what);
    }
    void count(const Vote& vote);
    void see(const Certificate& certificate);
    bool is_backed(VoteKind kind, View view, const BlockId& block) const;

    ValidatorSet set_;
    std::set<ValidatorIndex> byzantine_;
    std::map<BlockId, Block> blocks_;
    std::map<Height, BlockId> chain_;
    // Who has ever signed what, by (kind, view, block): bits of voters.
    std::map<std::tuple<View, VoteKind, BlockId>, std::uint64_t> signed_;
    // What each validator has asked its guard for since it started, and what became durable.
    std::map<std::tuple<ValidatorIndex, View, VoteKind>, BlockId> asked_, durable_;
    std::map<ValidatorIndex, View> highest_vote_;
    std::map<View, BlockId> finalized_, notarized_;
    std::set<View> nullified_;
};

std::string to_string(const Ballot& ballot);

}  // namespace consentree::sim
