// Certified checkpoints: cosigns the tree after each durable block, gathers the other validators'
// lines for the same tree, and assembles the C2SP note once a quorum agrees.
#pragma once

#include "common/keys.h"
#include "consensus/validator_set.h"
#include "ledger/checkpoint.h"
#include "ledger/genesis.h"
#include "node/peer_pool.h"

#include <map>

namespace consentree::node {

class Cosigner {  // Lives on the loop.
public:
    struct Handlers {
        std::function<void(const ledger::Checkpoint&, std::string note)> on_certified;
        // A peer says which block it has executed.
        std::function<void(ValidatorIndex from, Height height)> on_height;
    };
    Cosigner(const ledger::Genesis& genesis,
             const consensus::ValidatorSet& set,
             ValidatorIndex self,
             const ValidatorKeys& keys,
             Handlers handlers);
    void use_peers(PeerPool& peers) { peers_ = &peers; }

    // The tree of a block that is durable here: from now on this validator signs no other root
    // at that size, since the stored block determines it. Ends the process if more than f others
    // have signed another tree for that block.
    void sign(Height height, std::uint64_t tree_size, const Hash& root);
    // Signs the newest tree again, so that its freshness holds while nothing is recorded.
    void refresh();
    void receive(ValidatorIndex from, BytesView body);
    // Lines that came after the quorum, for the newest certified tree. Once a second.
    void gather_late();
    void send_newest_to(ValidatorIndex peer);

    std::uint64_t certified_size() const { return certified_size_; }
    const std::string& note() const { return note_; }
    // A note kept from before a restart.
    void restore(std::uint64_t tree_size, std::string note);

private:
    struct Line {
        Hash root;
        ledger::Cosignature cosignature;
        bool is_checked = false;
    };
    // What others signed for one block, and what this node did.
    struct Block {
        std::optional<std::pair<std::uint64_t, Hash>> own;  // Tree size and root.
        std::map<ValidatorIndex, std::pair<std::uint64_t, Line>> lines;
    };
    void compare(Height height);
    struct Tree {
        std::optional<Hash> own_root;
        std::map<ValidatorIndex, Line> lines;
    };
    // enough: how many lines for this node's own root the note is to have; no more are verified.
    void gather(std::uint64_t tree_size, std::size_t enough);
    void check_lines(std::uint64_t tree_size, Tree& tree, std::size_t enough);
    std::string text_of(std::uint64_t tree_size, const Hash& root) const;

    const ledger::Genesis& genesis_;
    const consensus::ValidatorSet& set_;
    ValidatorIndex self_;
    const ValidatorKeys& keys_;
    Handlers handlers_;
    PeerPool* peers_ = nullptr;
    std::map<std::uint64_t, Tree> trees_;  // By size, from the certified one up.
    std::map<Height, Block> blocks_;       // The newest ones.
    Height newest_height_ = 0;
    std::uint64_t newest_size_ = 0;
    Hash newest_root_;
    SharedFrame newest_frame_;
    std::uint64_t certified_size_ = 0;
    std::string note_;
};

}  // namespace consentree::node
