// How a node whose vote guard cannot know what it promised gets its vote: it asks the others how
// far anybody may have voted, and from then on votes only above that (docs/consensus.md, "Rejoin").
// Until 2f others have answered, it follows and answers, but does not vote. A new network starts
// the same way: a node without a guard cannot tell an empty network from its own lost disk.
#pragma once

#include "consensus/validator_set.h"
#include "node/peer_pool.h"
#include "storage/vote_guard.h"

#include <map>

namespace consentree::node {

class Rejoin {  // Lives on the loop.
public:
    struct Handlers {
        std::function<View()> own_view;  // The view that this node's replica has entered.
        // Votes may be cast above floor. Zero: nobody has voted yet, the network is new.
        std::function<void(View floor)> rejoin;
    };
    Rejoin(const consensus::ValidatorSet& set,
           ValidatorIndex self,
           bool is_needed,
           Handlers handlers);
    void use_peers(PeerPool& peers) { peers_ = &peers; }

    void tick();
    // A question or an answer of a peer.
    void receive(ValidatorIndex from, BytesView body);
    bool is_done() const { return is_done_; }

private:
    const consensus::ValidatorSet& set_;
    ValidatorIndex self_;
    Handlers handlers_;
    PeerPool* peers_ = nullptr;
    bool is_done_;
    Bytes nonce_;
    std::map<ValidatorIndex, View> answers_;
};

}  // namespace consentree::node
