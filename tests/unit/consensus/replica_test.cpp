#include <catch2/catch.hpp>

#include "tests/unit/consensus/cluster.h"

using namespace consentree;
using namespace consentree::consensus;
using namespace consentree::consensus::test;

namespace {

bool all_reach(const Cluster& cluster, Height height) {
    return std::all_of(cluster.nodes.begin(), cluster.nodes.end(), [&](const Node& node) {
        return node.down || node.replica->status().committed_height >= height;
    });
}

// Passes time until all that are up have committed `height`.
bool reaches(Cluster& cluster, Height height, int tick_count = 100) {
    for (int i = 0; i < tick_count && !all_reach(cluster, height); ++i) {
        if (!cluster.tick()) break;
    }
    return all_reach(cluster, height);
}

}  // namespace

TEST_CASE("replica: is silent while nobody has work") {
    Cluster cluster(4);
    cluster.run();
    for (const Node& node : cluster.nodes) {
        CHECK_FALSE(node.deadline.has_value());
        CHECK(node.votes.empty());
        CHECK(node.replica->status().view == 1);
    }
}

TEST_CASE("replica: commits one block without a timeout and falls silent") {
    Cluster cluster(4);
    cluster.answers_builds = false;
    cluster.run();
    cluster.work(true);
    REQUIRE(cluster.nodes[1].builds.size() == 1);
    cluster.step(1, PayloadBuilt{1, Bytes{7}});
    cluster.run();
    cluster.work(false);
    cluster.run();
    for (const Node& node : cluster.nodes) {
        REQUIRE(node.chain.size() == 1);
        CHECK(node.chain[0].block.payload == Bytes{7});
        CHECK(node.chain[0].block.height == 1);
        CHECK_FALSE(node.deadline.has_value());
        CHECK(node.evidence.empty());
        REQUIRE(node.chain[0].finalization.has_value());
        CHECK(verify_certificate(*node.chain[0].finalization, cluster.keys.set).has_value());
    }
}

TEST_CASE("replica: a silent leader costs one timeout") {
    Cluster cluster(4);
    cluster.run();
    cluster.nodes[1].down = true;
    const TimeUs before = cluster.now;
    cluster.answers_builds = false;
    cluster.work(true);
    cluster.run();
    REQUIRE(cluster.nodes[2].builds.empty());
    while (cluster.nodes[2].builds.empty()) REQUIRE(cluster.tick());
    CHECK(cluster.now - before == Timing{}.proposal_timeout);
    cluster.step(2, PayloadBuilt{2, Bytes{9}});
    cluster.run();
    CHECK(cluster.nodes[0].chain.size() == 1);
    CHECK(cluster.nodes[0].chain[0].block.view == 2);
}

TEST_CASE("replica: a leader whose session ended costs a moment, until it is back") {
    Cluster cluster(4);
    cluster.run();
    cluster.nodes[1].down = true;
    const std::array<ValidatorIndex, 3> others{0, 2, 3};
    for (const ValidatorIndex node : others) cluster.step(node, Disconnected{1});
    const TimeUs before = cluster.now;
    cluster.answers_builds = false;
    cluster.work(true);
    cluster.run();
    while (cluster.nodes[2].builds.empty()) REQUIRE(cluster.tick());
    CHECK(cluster.now - before == Timing{}.absent_timeout);
    // Views 2, 3 and 4 pass by timeout; in view 5 the leader is that of view 1 again, and back.
    for (const ValidatorIndex node : others) cluster.step(node, Connected{1});
    while (cluster.nodes[0].replica->status().view < 5) REQUIRE(cluster.tick());
    const TimeUs entered = cluster.now;
    while (cluster.nodes[0].replica->status().view < 6) REQUIRE(cluster.tick());
    CHECK(cluster.now - entered == Timing{}.proposal_timeout);
}

TEST_CASE("replica: a crash of all after nullify rebuilds the nullification from the guards") {
    Cluster cluster(4);
    cluster.run();
    cluster.answers_builds = false;
    cluster.passes = [](ValidatorIndex, ValidatorIndex, const Message&) { return false; };
    cluster.work(true);
    for (int i = 0; i < 4; ++i) cluster.tick();
    for (const Node& node : cluster.nodes) {
        REQUIRE(node.votes.size() == 1);
        REQUIRE(node.votes[0].ballot.kind == VoteKind::nullify);
    }
    cluster.passes = nullptr;
    for (ValidatorIndex i = 0; i < 4; ++i) cluster.start(i);
    cluster.run();
    for (const Node& node : cluster.nodes) CHECK(node.replica->status().view == 2);
}

TEST_CASE("replica: a crash of all after finalize votes neither loses nor changes the block") {
    Cluster cluster(4);
    cluster.run();
    cluster.answers_builds = false;
    cluster.passes = [](ValidatorIndex, ValidatorIndex, const Message& message) {
        const auto* vote = std::get_if<Vote>(&message);
        if (vote != nullptr) return vote->ballot.kind != VoteKind::finalize;
        return std::holds_alternative<Proposal>(message);
    };
    cluster.work(true);
    cluster.step(1, PayloadBuilt{1, Bytes{7}});
    cluster.run();
    for (const Node& node : cluster.nodes) {
        REQUIRE(node.votes.size() == 2);
        REQUIRE(node.chain.empty());
        REQUIRE(node.journal.size() == 2);
    }
    cluster.passes = nullptr;
    for (ValidatorIndex i = 0; i < 4; ++i) cluster.start(i);
    cluster.run();
    for (const Node& node : cluster.nodes) {
        REQUIRE(node.chain.size() == 1);
        CHECK(node.chain[0].block.payload == Bytes{7});
    }
}

TEST_CASE("replica: lost votes are said again until the block is final everywhere") {
    Cluster cluster(4);
    cluster.run();
    cluster.answers_builds = false;
    std::uint32_t state = 1;
    cluster.passes = [&state](ValidatorIndex, ValidatorIndex, const Message&) {
        state = state * 1'664'525U + 1'013'904'223U;
        return (state >> 24) % 3 == 0;
    };
    cluster.work(true);
    cluster.step(1, PayloadBuilt{1, Bytes{7}});
    cluster.run();
    cluster.work(false);
    cluster.answers_builds = true;
    CHECK(reaches(cluster, 1));
}

TEST_CASE("replica: an ancestor that cannot become final by itself gets a block on top") {
    Cluster cluster(4);
    cluster.run();
    cluster.answers_builds = false;
    cluster.work(true);
    // Every finalize vote of view 1 is lost for good.
    cluster.passes = [](ValidatorIndex, ValidatorIndex, const Message& message) {
        const auto* vote = std::get_if<Vote>(&message);
        return vote == nullptr || vote->ballot.kind != VoteKind::finalize || vote->ballot.view > 1;
    };
    cluster.step(1, PayloadBuilt{1, Bytes{7}});
    cluster.work(false);
    cluster.run();
    REQUIRE(cluster.nodes[2].builds.empty());
    while (cluster.nodes[2].builds.empty()) REQUIRE(cluster.tick());
    CHECK(cluster.nodes[2].builds[0].needed);
    cluster.step(2, PayloadBuilt{2, Bytes{}});
    cluster.run();
    for (const Node& node : cluster.nodes) {
        REQUIRE(node.chain.size() == 2);
        CHECK(node.chain[0].block.payload == Bytes{7});
        CHECK_FALSE(node.chain[0].finalization.has_value());
        CHECK(node.chain[1].finalization.has_value());
        CHECK_FALSE(node.deadline.has_value());
    }
}

TEST_CASE("replica: a node far behind asks for catch-up and goes on from what it installs") {
    Cluster cluster(4);
    cluster.run();
    cluster.nodes[3].down = true;
    cluster.work(true);
    REQUIRE(reaches(cluster, 100));
    cluster.nodes[3].down = false;
    cluster.start(3);
    for (int i = 0; i < 20 && cluster.nodes[3].catch_ups.empty(); ++i) cluster.tick();
    REQUIRE_FALSE(cluster.nodes[3].catch_ups.empty());
    const Committed& tip = cluster.nodes[0].chain.back();
    REQUIRE(tip.finalization.has_value());
    cluster.step(3, Installed{tip.block, *tip.finalization});
    CHECK(cluster.nodes[3].replica->status().committed_height == tip.block.height);
    CHECK(reaches(cluster, tip.block.height + 20));
    CHECK(cluster.nodes[3].chain.front().block.height == tip.block.height + 1);
}

TEST_CASE("replica: votes and certificates at the end of the view range change nothing") {
    Cluster cluster(4);
    cluster.run();
    const View last = std::numeric_limits<View>::max();
    const auto deliver = [&cluster](const Message& message) {
        const auto verified = verify(message, cluster.keys.set);
        REQUIRE(verified.has_value());
        cluster.step(0, Received{3, *verified});
    };
    for (View v = last - 5; v != 0 && v >= last - 5; ++v) {
        deliver(cluster.keys.vote(VoteKind::nullify, v, BlockId{}, 3));
        deliver(Request{v});
    }
    deliver(cluster.keys.certificate(VoteKind::nullify, last, BlockId{}, {1, 2, 3}));
    CHECK(cluster.nodes[0].replica->status().view == 1);
    CHECK(cluster.nodes[0].replica->status().open_views <= 1);
}

TEST_CASE("replica: a validator's nullify votes alone change no view") {
    Cluster cluster(4);
    cluster.run();
    for (View v = 1; v <= 9; ++v) {
        const auto vote = cluster.keys.vote(VoteKind::nullify, v, BlockId{}, 3);
        cluster.step(0, Received{3, *verify(Message{vote}, cluster.keys.set)});
    }
    CHECK(cluster.nodes[0].replica->status().view == 1);
    CHECK(cluster.nodes[0].votes.empty());
    CHECK_FALSE(cluster.nodes[0].deadline.has_value());
}

TEST_CASE("replica: an invalid block is nullified, not voted for") {
    Cluster cluster(4);
    cluster.run();
    cluster.is_valid = [](const CheckBlock& check) { return check.block.payload != Bytes{13}; };
    cluster.answers_builds = false;
    cluster.work(true);
    cluster.step(1, PayloadBuilt{1, Bytes{13}});
    cluster.run();
    for (const std::size_t i : {0U, 2U, 3U}) {
        REQUIRE_FALSE(cluster.nodes[i].votes.empty());
        CHECK(cluster.nodes[i].votes[0].ballot == Ballot{VoteKind::nullify, 1, BlockId{}});
    }
    CHECK(cluster.nodes[0].replica->status().view == 2);
}

TEST_CASE("replica: no vote is cast at or below the floor") {
    Cluster cluster(4);
    cluster.run();
    Recovered recovered;
    recovered.committed_id = cluster.keys.set.network;
    recovered.floor = 1;
    Replica replica(Config{cluster.keys.set, 0, {}}, std::move(recovered), cluster.now);
    replica.step(WorkPending{true}, cluster.now);
    const Proposal proposal = cluster.keys.proposal({1, 1, 0, cluster.keys.set.network, Bytes{1}});
    replica.step(Received{1, *verify(Message{proposal}, cluster.keys.set)}, cluster.now);
    replica.step(BlockChecked{proposal.notarize.ballot.block, true}, cluster.now);
    replica.step(Tick{}, cluster.now + 10'000'000);
    CHECK(replica.take_ready().sign.empty());
    const auto nullification = cluster.keys.certificate(VoteKind::nullify, 1, BlockId{}, {1, 2, 3});
    replica.step(Received{1, *verify(Message{nullification}, cluster.keys.set)},
                 cluster.now + 10'000'000);
    replica.step(Tick{}, cluster.now + 20'000'000);
    const Ready ready = replica.take_ready();
    REQUIRE(ready.sign.size() == 1);
    CHECK(ready.sign[0] == Ballot{VoteKind::nullify, 2, BlockId{}});
}

TEST_CASE("replica: contradicting certificates stop it and name those who signed both") {
    Cluster cluster(4);
    cluster.run();
    BlockId a;
    a.bytes.fill(1);
    const auto deliver = [&cluster](const Certificate& certificate) {
        cluster.step(0, Received{3, *verify(Message{certificate}, cluster.keys.set)});
    };
    deliver(cluster.keys.certificate(VoteKind::finalize, 1, a, {1, 2, 3}));
    deliver(cluster.keys.certificate(VoteKind::nullify, 1, BlockId{}, {0, 2, 3}));
    CHECK(cluster.nodes[0].replica->status().forked);
    REQUIRE(cluster.nodes[0].evidence.size() == 2);
    CHECK(cluster.nodes[0].evidence[0].first.voter == 2);
    CHECK(cluster.nodes[0].evidence[1].first.voter == 3);
}

TEST_CASE("replica: two votes of a validator for different blocks are reported once") {
    Cluster cluster(4);
    cluster.run();
    BlockId a, b, c;
    a.bytes.fill(1);
    b.bytes.fill(2);
    c.bytes.fill(3);
    for (const BlockId& block : {a, b, c, b}) {
        const auto vote = cluster.keys.vote(VoteKind::notarize, 1, block, 3);
        cluster.step(0, Received{3, *verify(Message{vote}, cluster.keys.set)});
    }
    REQUIRE(cluster.nodes[0].evidence.size() == 1);
    CHECK(cluster.nodes[0].evidence[0].first.ballot.block == a);
    CHECK(cluster.nodes[0].evidence[0].second.ballot.block == b);
}
