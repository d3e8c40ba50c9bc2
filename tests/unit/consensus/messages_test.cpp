#include <catch2/catch.hpp>

#include "common/limits.h"
#include "tests/unit/consensus/cluster.h"

using namespace consentree;
using namespace consentree::consensus;
using namespace consentree::consensus::test;

namespace {

BlockId block_of(std::uint8_t value) {
    BlockId id;
    id.bytes.fill(value);
    return id;
}

std::vector<Message> samples(const Keys& keys) {
    const Block block{5, 1, 0, keys.set.network, Bytes{1, 2, 3}};
    return {keys.proposal(block), keys.vote(VoteKind::notarize, 3, block_of(1), 2),
            keys.vote(VoteKind::nullify, 3, BlockId{}, 1),
            keys.certificate(VoteKind::finalize, 9, block_of(4), {0, 1, 3}), Request{77}};
}

}  // namespace

TEST_CASE("messages: every message survives its encoding and verifies") {
    const Keys keys(4);
    for (const Message& message : samples(keys)) {
        const Bytes bytes = encode(message);
        const auto decoded = decode_message(bytes);
        REQUIRE(decoded.has_value());
        CHECK((*decoded == message));
        CHECK(verify(message, keys.set).has_value());
    }
}

TEST_CASE("messages: cut and lengthened encodings are refused") {
    const Keys keys(4);
    for (const Message& message : samples(keys)) {
        Bytes bytes = encode(message);
        for (std::size_t count = 0; count < bytes.size(); ++count) {
            CHECK_FALSE(decode_message(BytesView(bytes).first(count)).has_value());
        }
        bytes.push_back(0);
        const auto longer = decode_message(bytes);
        REQUIRE_FALSE(longer.has_value());
        CHECK(longer.error() == make_error_code(Errc::trailing_bytes));
    }
}

TEST_CASE("messages: what decodes encodes to the same bytes, whatever byte is changed") {
    const Keys keys(4);
    for (const Message& message : samples(keys)) {
        const Bytes bytes = encode(message);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            for (const unsigned flip : {0x01U, 0x02U, 0x80U}) {
                Bytes changed = bytes;
                changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
                const auto decoded = decode_message(changed);
                if (!decoded) continue;
                CHECK(encode(*decoded) == changed);
                if (i > 0 && !std::holds_alternative<Request>(message)) {
                    CHECK_FALSE(verify(*decoded, keys.set).has_value());
                }
            }
        }
    }
}

TEST_CASE("messages: payloads above their limit are refused") {
    const Keys keys(4);
    Block block{5, 1, 0, keys.set.network, Bytes(limits::payload_bytes, 7)};
    CHECK(decode_block(encode(block)).has_value());
    CHECK(verify(Message{keys.proposal(block)}, keys.set).has_value());
    block.payload.push_back(0);
    CHECK_FALSE(decode_block(encode(block)).has_value());
    CHECK_FALSE(verify(Message{keys.proposal(block)}, keys.set).has_value());
}

TEST_CASE("messages: a signature holds for its network, epoch, kind, view and block alone") {
    Keys keys(4);
    const Vote vote = keys.vote(VoteKind::notarize, 3, block_of(1), 2);
    REQUIRE(verify(Message{vote}, keys.set).has_value());
    const auto refused = [&keys](Vote changed) { return !verify(Message{changed}, keys.set); };
    Vote changed = vote;
    changed.ballot.kind = VoteKind::finalize;
    CHECK(refused(changed));
    changed = vote;
    changed.ballot.view = 4;
    CHECK(refused(changed));
    changed = vote;
    changed.ballot.block = block_of(2);
    CHECK(refused(changed));
    changed = vote;
    changed.voter = 1;
    CHECK(refused(changed));
    changed.voter = 4;
    CHECK(refused(changed));
    keys.set.epoch = 2;
    CHECK(refused(vote));
    keys.set.epoch = 1;
    keys.set.network = block_of(9);
    CHECK(refused(vote));
}

TEST_CASE("messages: of a certificate only votes that were verified before go unverified") {
    const Keys keys(4);
    const auto good = keys.certificate(VoteKind::notarize, 3, block_of(1), {0, 1, 3});
    auto forged = good;
    forged.signatures[1].second = forged.signatures[0].second;
    std::vector<Vote> asked;
    const auto is_first = [&](const Vote& vote) {
        asked.push_back(vote);
        return vote == Vote{good.ballot, good.signatures[0].first, good.signatures[0].second};
    };
    CHECK(verify_certificate(good, keys.set, is_first).has_value());
    CHECK(asked.size() == 3);
    CHECK_FALSE(verify_certificate(forged, keys.set, is_first).has_value());
    const auto all = [](const Vote&) { return true; };
    CHECK(verify_certificate(forged, keys.set, all).has_value());
}

TEST_CASE("messages: forged certificates are refused") {
    const Keys keys(4);
    const auto good = keys.certificate(VoteKind::notarize, 3, block_of(1), {0, 1, 3});
    CHECK(verify_certificate(good, keys.set).has_value());
    SECTION("too few signatures") {
        auto forged = good;
        forged.signatures.pop_back();
        CHECK_FALSE(verify_certificate(forged, keys.set).has_value());
    }
    SECTION("one signature twice") {
        auto forged = good;
        forged.signatures[1] = forged.signatures[0];
        CHECK_FALSE(verify_certificate(forged, keys.set).has_value());
        CHECK_FALSE(decode_certificate(encode(forged)).has_value());
    }
    SECTION("voters out of order") {
        auto forged = good;
        std::swap(forged.signatures[0], forged.signatures[1]);
        CHECK_FALSE(verify_certificate(forged, keys.set).has_value());
        CHECK_FALSE(decode_certificate(encode(forged)).has_value());
    }
    SECTION("a voter that is no validator") {
        auto forged = good;
        forged.signatures[2].first = 4;
        CHECK_FALSE(verify_certificate(forged, keys.set).has_value());
    }
    SECTION("a signature under another voter's name") {
        auto forged = good;
        forged.signatures[2].first = 2;
        CHECK_FALSE(verify_certificate(forged, keys.set).has_value());
    }
    SECTION("signatures of another kind") {
        auto forged = good;
        forged.ballot.kind = VoteKind::finalize;
        CHECK_FALSE(verify_certificate(forged, keys.set).has_value());
    }
    SECTION("more voters than validators") {
        auto forged = good;
        for (ValidatorIndex voter = 4; voter < 40; ++voter) {
            forged.signatures.emplace_back(voter, Signature{});
        }
        CHECK_FALSE(verify_certificate(forged, keys.set).has_value());
        CHECK_FALSE(decode_certificate(encode(forged)).has_value());
    }
}

TEST_CASE("messages: a proposal needs its leader, its own block and an earlier parent") {
    const Keys keys(4);
    const Block block{5, 1, 0, keys.set.network, Bytes{1}};
    Proposal proposal = keys.proposal(block);
    REQUIRE(verify(Message{proposal}, keys.set).has_value());
    SECTION("signed by another than the leader") {
        proposal.notarize = keys.vote(VoteKind::notarize, 5, proposal.notarize.ballot.block, 2);
        CHECK_FALSE(verify(Message{proposal}, keys.set).has_value());
    }
    SECTION("a vote for another block") {
        proposal.block.payload.push_back(2);
        CHECK_FALSE(verify(Message{proposal}, keys.set).has_value());
    }
    SECTION("a parent in its own view") {
        Block own = block;
        own.parent_view = 5;
        CHECK_FALSE(verify(Message{keys.proposal(own)}, keys.set).has_value());
    }
    SECTION("a vote of another view") {
        proposal.notarize = keys.vote(VoteKind::notarize, 9, proposal.notarize.ballot.block, 1);
        CHECK_FALSE(verify(Message{proposal}, keys.set).has_value());
    }
}

TEST_CASE("messages: quorums of all sizes intersect in an honest validator") {
    for (std::size_t count = limits::validators_min; count <= limits::validators_max; ++count) {
        ValidatorSet set;
        set.vote_keys.resize(count);
        CHECK(count >= 3 * set.faults() + 1);
        CHECK(2 * set.quorum() - count >= set.faults() + 1);
        CHECK(set.quorum() <= count - set.faults());
    }
}
