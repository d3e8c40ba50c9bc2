#include <catch2/catch.hpp>

#include "consensus/votes.h"
#include "tests/unit/consensus/cluster.h"

using namespace consentree;
using namespace consentree::consensus;
using namespace consentree::consensus::test;

TEST_CASE("votes: a voter counts once, its first vote wins") {
    const Keys keys(4);
    BlockId a, b;
    a.bytes.fill(1);
    b.bytes.fill(2);
    VoteSlots slots;
    CHECK(slots.add(keys.vote(VoteKind::notarize, 1, a, 0), 4) == VoteSlots::Added::counted);
    CHECK(slots.add(keys.vote(VoteKind::notarize, 1, a, 0), 4) == VoteSlots::Added::repeated);
    CHECK(slots.add(keys.vote(VoteKind::notarize, 1, b, 0), 4) == VoteSlots::Added::conflicting);
    CHECK(slots.add(keys.vote(VoteKind::notarize, 1, b, 3), 4) == VoteSlots::Added::counted);
    CHECK(slots.count() == 2);
    CHECK(slots.count(a) == 1);
    CHECK(slots.of(VoteKind::notarize, 1, 0) == keys.vote(VoteKind::notarize, 1, a, 0));
    CHECK_FALSE(slots.of(VoteKind::notarize, 1, 1).has_value());
}

TEST_CASE("votes: a certificate holds the equal votes in order of voter") {
    const Keys keys(4);
    BlockId a;
    a.bytes.fill(1);
    VoteSlots slots;
    for (const ValidatorIndex voter : std::vector<ValidatorIndex>{3, 0, 2}) {
        slots.add(keys.vote(VoteKind::finalize, 5, a, voter), 4);
    }
    const Certificate certificate = slots.certificate({VoteKind::finalize, 5, a});
    CHECK(certificate == keys.certificate(VoteKind::finalize, 5, a, {0, 2, 3}));
    CHECK(verify_certificate(certificate, keys.set).has_value());
    CHECK(vote_in(certificate, 2) == keys.vote(VoteKind::finalize, 5, a, 2));
    CHECK_FALSE(vote_in(certificate, 1).has_value());
}
