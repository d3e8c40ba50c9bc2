// Everything the outside can tell a replica.
#pragma once

#include "consensus/messages.h"

namespace consentree::consensus {

struct Tick {};  // Time has passed; see Replica::step().
struct Received {
    ValidatorIndex from;
    Verified<Message> message;
};
// The guard has made the vote durable and signed it: it may be counted and sent.
struct VoteSigned {
    Vote vote;
};
// The guard refused: it has promised otherwise, or must not vote yet. The replica stays silent.
struct VoteRefused {
    Ballot ballot;
};
// Answer to BuildPayload. Nothing: there is no work; the replica will be told by WorkPending.
struct PayloadBuilt {
    View view;
    std::optional<Bytes> payload;
};
// Answer to CheckBlock. "Its data is not here yet" is no answer: the check stays open.
struct BlockChecked {
    BlockId block;
    bool valid;
};
// Whether this node knows unordered work: step it on every change, and again (true) whenever more
// arrives. Timers are armed only while somebody does.
struct WorkPending {
    bool pending;
};
// Catch-up installed everything up to and including this certified block, durably.
struct Installed {
    Block block;
    Certificate finalization;  // Checked.
};

// A session with this peer was (re)established: what was sent before may be lost.
struct Connected {
    ValidatorIndex peer;
};

// The session with this peer ended. Its views are given up soon until it is back: a dead leader
// costs the others a moment, not a timeout. Timers never decide safety.
struct Disconnected {
    ValidatorIndex peer;
};

using Event = std::variant<Tick,
                           Received,
                           VoteSigned,
                           VoteRefused,
                           PayloadBuilt,
                           BlockChecked,
                           WorkPending,
                           Installed,
                           Connected,
                           Disconnected>;

}  // namespace consentree::consensus
