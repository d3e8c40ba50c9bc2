// Everything a replica asks of the outside.
#pragma once

#include "consensus/messages.h"

namespace consentree::consensus {

struct Outgoing {
    std::optional<ValidatorIndex> to;  // Nothing: to all others.
    Message message;
};
struct Committed {
    BlockId id;
    Block block;
    // The finalization of this very block, if it has one of its own; a descendant's covers it else.
    std::optional<Certificate> finalization;
};
// I lead this view: build a payload on that parent. What it names must be here, durable and valid
// before PayloadBuilt returns: the block is voted for without a CheckBlock.
struct BuildPayload {
    View view;
    BlockId parent;
    // An ancestor is notarized but not final: build a payload even if it orders nothing, since
    // only a block on top can make the ancestor final.
    bool needed = false;
};
// May this block be notarized: is its data here, durable and checked, and is it valid on its
// parent? The parent was checked, built or committed since the replica started.
struct CheckBlock {
    BlockId id;
    Block block;
};
// Finalization has passed what is here: fetch committed blocks from peers by height, from
// last committed + 1 up to at least the height of the finalized block.
struct CatchUp {
    Certificate finalization;
};
// Two different ballots where one was allowed, both signed by the same validator.
struct Evidence {
    Vote first, second;
};

// The fields stand in the order in which they must be carried out.
struct Ready {
    // 0. Durable before `sign` (with it, if one sync can cover both): proposals and notarizations
    //    of blocks that this node is about to finalize. They come back as Recovered.journal; those
    //    of views up to that of a durably committed block may be deleted. Without them a crash of
    //    all nodes could lose a block that nobody may nullify any more.
    std::vector<Message> persist;
    std::vector<Ballot> sign;    // 1. To the guard: durable, then VoteSigned comes back.
    std::vector<Outgoing> send;  // 2. Loss is allowed. Holds no vote that the guard has not signed.
    std::vector<Committed> commit;      // 3. Apply in this order, each once.
    std::optional<BuildPayload> build;  // 4. Tasks; their answers are Events.
    std::vector<CheckBlock> check;
    std::optional<CatchUp> catch_up;
    std::vector<Evidence> evidence;  //    Report; the core never acts on it beyond its own rules.
    std::optional<TimeUs> deadline;  // 5. A Tick is due then. Nothing: sleep until an event.
};

}  // namespace consentree::consensus
