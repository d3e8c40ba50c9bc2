// The Simplex state machine (docs/consensus.md). Single-threaded; reads no clock, does no I/O,
// throws nothing, allocates within declared bounds. step() many times, then take_ready() once.
#pragma once

#include "consensus/event.h"
#include "consensus/ready.h"

#include <memory>

namespace consentree::consensus {

struct Timing {
    TimeUs proposal_timeout = 400'000;  // 2Δ: from entering a view with work to its proposal.
    TimeUs view_timeout = 700'000;      // 3Δ: to its notarization.
    TimeUs absent_timeout = 20'000;     // Instead of 2Δ while the leader is disconnected.
    TimeUs retry_interval = 300'000;    // Rebroadcast while stuck; requests for what is missing.
};

struct Config {
    ValidatorSet set;
    ValidatorIndex self = 0;
    Timing timing;
};

// What the disk returned: the constructor is the only recovery path.
struct Recovered {
    Block committed;                          // The last committed block; height 0 is genesis.
    BlockId committed_id;                     // The network id at genesis.
    std::optional<Certificate> finalization;  // Of it or of a descendant, if stored.
    std::vector<Vote> votes;                  // Every vote the guard holds, oldest first.
    std::vector<Message> journal;             // What Ready.persist asked to keep, in any order.
    View floor = 0;                           // No vote may be cast at or below this view.
};

struct Status {
    View view = 0;
    Height committed_height = 0;
    View finalized_view = 0;
    ValidatorIndex leader = 0;
    bool active = false;  // Timers are armed.
    // Certificates contradict each other: more than f validators are faulty. It commits nothing
    // more; the node must stop and show the evidence.
    bool forked = false;
    std::size_t open_views = 0;
    std::size_t pending_bytes = 0;
};

class Replica {
public:
    Replica(Config config, Recovered recovered, TimeUs now);
    ~Replica();
    Replica(Replica&&) noexcept;

    // False if the message can no longer change anything here (a certificate already held, a vote
    // already counted): it may be dropped before its signatures are verified. Never true or false
    // by accident of an attacker's bytes: it only compares with what was verified.
    bool is_useful(const Message& message) const;

    // Exactly this vote, signature included, has been counted here.
    bool has_counted(const Vote& vote) const;

    void step(const Event& event, TimeUs now);  // now is monotonic and never decreases.
    Ready take_ready();
    Status status() const;

private:
    struct Core;
    std::unique_ptr<Core> core_;
};

}  // namespace consentree::consensus
