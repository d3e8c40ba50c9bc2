// What Node::open has prepared before the node itself is made.
#pragma once

#include "node/node.h"

namespace consentree::node {

struct Node::Parts {
    Config config;
    std::string genesis_json;
    ledger::Genesis genesis;
    ValidatorIndex self;
    ValidatorKeys keys;
    consensus::ValidatorSet set;
    std::unique_ptr<storage::Store> store;
    std::unique_ptr<storage::VoteGuard> guard;
    ledger::Tip tip;
    std::vector<std::optional<PeerPool::Address>> addresses;
};

}  // namespace consentree::node
