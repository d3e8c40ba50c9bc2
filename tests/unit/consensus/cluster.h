// Four or more replicas with real keys in one thread: messages are verified and delivered in
// order, guards sign at once, checks answer "valid". What is dropped is up to the test.
#pragma once

#include "consensus/replica.h"

#include <deque>
#include <functional>
#include <set>

namespace consentree::consensus::test {

Signature sign(const SecretKey& key, const ValidatorSet& set, const Ballot& ballot);

struct Keys {
    std::vector<SecretKey> secret;
    ValidatorSet set;
    explicit Keys(std::size_t count, std::uint8_t salt = 1);
    Vote vote(VoteKind kind, View view, const BlockId& block, ValidatorIndex voter) const;
    Certificate certificate(VoteKind kind,
                            View view,
                            const BlockId& block,
                            const std::vector<ValidatorIndex>& voters) const;
    Proposal proposal(const Block& block) const;
};

struct Node {
    std::optional<Replica> replica;
    std::vector<Vote> votes;  // What its guard holds.
    std::vector<Message> journal;
    std::vector<Committed> chain;
    std::vector<Evidence> evidence;
    std::vector<CatchUp> catch_ups;
    std::vector<BuildPayload> builds;
    std::optional<TimeUs> deadline;
    bool down = false;
};

class Cluster {
public:
    explicit Cluster(std::size_t count);
    void start(ValidatorIndex index);
    void step(ValidatorIndex index, const Event& event);
    // Delivers until nothing is under way.
    void run();
    // Jumps to the earliest deadline and delivers what follows.
    bool tick();
    void work(bool pending);

    Keys keys;
    TimeUs now = 1'000'000;
    std::vector<Node> nodes;
    std::function<bool(ValidatorIndex from, ValidatorIndex to, const Message&)> passes;
    std::function<bool(const CheckBlock&)> is_valid;
    bool answers_builds = true;
    std::size_t sent = 0;

private:
    void carry_out(ValidatorIndex index);
    struct Item {
        ValidatorIndex from, to;
        Message message;
    };
    std::deque<Item> wire_;
};

}  // namespace consentree::consensus::test
