#include "tests/unit/consensus/cluster.h"

#include <catch2/catch.hpp>

namespace consentree::consensus::test {

Signature sign(const SecretKey& key, const ValidatorSet& set, const Ballot& ballot) {
    return key.sign(ballot_preimage(set, ballot));
}

Keys::Keys(std::size_t count, std::uint8_t salt) {
    init_crypto();
    set.network.bytes.fill(salt);
    for (std::size_t i = 0; i < count; ++i) {
        std::array<std::uint8_t, 32> seed{};
        seed[0] = static_cast<std::uint8_t>(i + 1);
        seed[1] = salt;
        secret.push_back(SecretKey::from_seed(seed));
        set.vote_keys.push_back(secret.back().public_key());
    }
}

Vote Keys::vote(VoteKind kind, View view, const BlockId& block, ValidatorIndex voter) const {
    const Ballot ballot{kind, view, block};
    return {ballot, voter, sign(secret[voter], set, ballot)};
}

Certificate Keys::certificate(VoteKind kind,
                              View view,
                              const BlockId& block,
                              const std::vector<ValidatorIndex>& voters) const {
    Certificate certificate{{kind, view, block}, {}};
    for (const ValidatorIndex voter : voters) {
        certificate.signatures.emplace_back(voter, vote(kind, view, block, voter).signature);
    }
    return certificate;
}

Proposal Keys::proposal(const Block& block) const {
    const BlockId id = block_id(set, block);
    return {block, vote(VoteKind::notarize, block.view, id, set.leader(block.view))};
}

Cluster::Cluster(std::size_t count) : keys(count), nodes(count) {
    for (std::size_t i = 0; i < count; ++i) start(static_cast<ValidatorIndex>(i));
}

void Cluster::start(ValidatorIndex index) {
    Node& node = nodes[index];
    Recovered recovered;
    recovered.committed_id = keys.set.network;
    if (!node.chain.empty()) {
        recovered.committed = node.chain.back().block;
        recovered.committed_id = node.chain.back().id;
        recovered.finalization = node.chain.back().finalization;
    }
    recovered.votes = node.votes;
    recovered.journal = node.journal;
    node.down = false;
    node.replica.emplace(Config{keys.set, index, {}}, std::move(recovered), now);
    carry_out(index);
}

void Cluster::step(ValidatorIndex index, const Event& event) {
    if (nodes[index].down) return;
    nodes[index].replica->step(event, now);
    carry_out(index);
}

void Cluster::carry_out(ValidatorIndex index) {
    Node& node = nodes[index];
    Ready ready = node.replica->take_ready();
    node.deadline = ready.deadline;
    node.journal.insert(node.journal.end(), ready.persist.begin(), ready.persist.end());
    for (const Outgoing& out : ready.send) {
        for (ValidatorIndex to = 0; to < nodes.size(); ++to) {
            if (to == index || (out.to && *out.to != to)) continue;
            ++sent;
            if (!passes || passes(index, to, out.message))
                wire_.push_back({index, to, out.message});
        }
    }
    node.chain.insert(node.chain.end(), ready.commit.begin(), ready.commit.end());
    node.evidence.insert(node.evidence.end(), ready.evidence.begin(), ready.evidence.end());
    if (ready.catch_up) node.catch_ups.push_back(*ready.catch_up);
    for (const Ballot& ballot : ready.sign) {
        const Vote vote = keys.vote(ballot.kind, ballot.view, ballot.block, index);
        node.votes.push_back(vote);
        step(index, VoteSigned{vote});
    }
    for (const CheckBlock& check : ready.check) {
        step(index, BlockChecked{check.id, !is_valid || is_valid(check)});
    }
    if (ready.build) {
        node.builds.push_back(*ready.build);
        if (answers_builds) {
            step(index,
                 PayloadBuilt{ready.build->view, Bytes{1, static_cast<std::uint8_t>(index)}});
        }
    }
}

void Cluster::run() {
    for (std::size_t i = 0; i < 20'000 && !wire_.empty(); ++i) {
        Item item = std::move(wire_.front());
        wire_.pop_front();
        if (nodes[item.to].down) continue;
        auto decoded = decode_message(encode(item.message));
        REQUIRE(decoded.has_value());
        REQUIRE((*decoded == item.message));
        if (!nodes[item.to].replica->is_useful(*decoded)) continue;
        auto verified = verify(*decoded, keys.set);
        if (!verified) continue;
        step(item.to, Received{item.from, *verified});
    }
}

bool Cluster::tick() {
    std::optional<TimeUs> due;
    for (const Node& node : nodes) {
        if (!node.down && node.deadline && (!due || *node.deadline < *due)) due = node.deadline;
    }
    if (!due) return false;
    now = std::max(now, *due);
    for (ValidatorIndex i = 0; i < nodes.size(); ++i) {
        if (!nodes[i].down && nodes[i].deadline && *nodes[i].deadline <= now) step(i, Tick{});
    }
    run();
    return true;
}

void Cluster::work(bool pending) {
    for (ValidatorIndex i = 0; i < nodes.size(); ++i) step(i, WorkPending{pending});
}

}  // namespace consentree::consensus::test
