#include "tests/unit/storage/guard_fixture.h"

using namespace guard_test;

TEST_CASE("vote guard: signs what the key signs") {
    const GuardFolder folder;
    const auto guard = folder.open();
    CHECK(guard->condition() == Condition::sound);
    const auto wanted = request(notarize, 1, 'a');
    const auto signature = sign(*guard, wanted);
    REQUIRE(signature);
    CHECK(verify(test_key().public_key(), wanted.preimage, *signature));
    CHECK(guard->votes() == std::vector<storage::SignedVote>{{wanted.vote, *signature}});
}

TEST_CASE("vote guard: a new one votes once it has joined, however often it is started before") {
    const GuardFolder folder;
    {
        const auto guard = folder.try_open();
        REQUIRE(guard.has_value());
        CHECK((*guard)->condition() == Condition::fresh);
        CHECK(!signs(**guard, notarize, 1, 'a'));
    }
    for (int restarts = 0; restarts < 2; ++restarts) {
        const auto guard = folder.try_open();
        REQUIRE(guard.has_value());
        CHECK((*guard)->condition() == Condition::amnesiac);
        CHECK(!signs(**guard, notarize, 1, 'a'));
    }
    {
        const auto guard = folder.try_open();
        REQUIRE((*guard)->rejoin(0));
        CHECK(signs(**guard, notarize, 1, 'a'));
    }
    CHECK(folder.open()->condition() == Condition::sound);
}

TEST_CASE("vote guard: gives the stored signature to an identical repeat, also after a restart") {
    const GuardFolder folder;
    const auto wanted = request(finalize, 4, 'a');
    const auto first = sign(*folder.open(), wanted);
    REQUIRE(first);
    const auto guard = folder.open();
    CHECK(guard->condition() == Condition::sound);
    const std::string before = folder.contents();
    auto repeat = wanted;
    repeat.preimage = {'o', 't', 'h', 'e', 'r'};  // Not signed again: the stored one comes back.
    CHECK(sign(*guard, repeat) == first);
    CHECK(folder.contents() == before);
}

TEST_CASE("vote guard: refuses what contradicts a vote, before and after a restart") {
    const GuardFolder folder;
    auto guard = folder.open();
    REQUIRE(signs(*guard, notarize, 1, 'a'));
    REQUIRE(signs(*guard, finalize, 1, 'a'));
    REQUIRE(signs(*guard, notarize, 2, 'b'));
    REQUIRE(signs(*guard, nullify, 2));
    for (int restarts = 0; restarts < 2; ++restarts) {
        CHECK(!signs(*guard, notarize, 1, 'b'));
        CHECK(!signs(*guard, finalize, 1, 'b'));
        CHECK(!signs(*guard, nullify, 1));
        CHECK(!signs(*guard, notarize, 2, 'a'));
        CHECK(!signs(*guard, finalize, 2, 'b'));
        CHECK(!signs(*guard, finalize, 2, 'a'));
        CHECK(guard->votes().size() == 4);
        guard.reset();
        guard = folder.open(1, 1);
    }
    CHECK(signs(*guard, notarize, 3, 'c'));
}

TEST_CASE("vote guard: sees conflicts within one group") {
    const GuardFolder folder;
    const auto guard = folder.open();
    const auto answers =
        guard->sign({request(notarize, 1, 'a'), request(notarize, 1, 'b'), request(nullify, 1),
                     request(finalize, 1, 'a'), request(notarize, 1, 'a')});
    REQUIRE(answers.has_value());
    CHECK((*answers)[0].signature);
    CHECK(!(*answers)[1].signature);
    CHECK((*answers)[2].signature);
    CHECK(!(*answers)[3].signature);
    CHECK((*answers)[4].signature == (*answers)[0].signature);
}

TEST_CASE("vote guard: knows three kinds of vote and no view 0") {
    const GuardFolder folder;
    const auto guard = folder.open();
    CHECK(!signs(*guard, 0, 1, 'a'));
    CHECK(!signs(*guard, 4, 1, 'a'));
    CHECK(!signs(*guard, notarize, 0, 'a'));
    CHECK(guard->votes().empty());
}

TEST_CASE("vote guard: forgets only by raising its floor, in one durable write") {
    const GuardFolder folder;
    {
        const auto guard = folder.open();
        for (View view = 1; view <= 5; ++view) REQUIRE(signs(*guard, notarize, view, 'a'));
        guard->raise_floor(3);
        guard->raise_floor(2);
        CHECK(guard->floor() == 3);
        CHECK(!signs(*guard, notarize, 3, 'b'));
        CHECK(!signs(*guard, nullify, 2));
    }
    {
        // Nothing was written since: the votes are still there.
        const auto guard = folder.open(3, 3);
        CHECK(guard->floor() == 0);
        CHECK(guard->votes().size() == 5);
        guard->raise_floor(3);
        REQUIRE(signs(*guard, notarize, 6, 'a'));
    }
    const auto guard = folder.open(3, 3);
    CHECK(guard->floor() == 3);
    REQUIRE(guard->votes().size() == 3);
    CHECK(guard->votes()[0].vote.view == 4);
    CHECK(!signs(*guard, nullify, 1));
}

TEST_CASE("vote guard: gives up its oldest views when it is full") {
    const GuardFolder folder;
    const auto guard = folder.open();
    const View views = storage::guard_votes_max / 2;
    for (View view = 1; view <= views; ++view) {
        REQUIRE(guard->sign({request(notarize, view, 'a'), request(nullify, view)}).has_value());
    }
    CHECK(guard->votes().size() == storage::guard_votes_max);
    CHECK(guard->floor() == 0);
    REQUIRE(signs(*guard, notarize, views + 1, 'a'));
    CHECK(guard->floor() == 1);
    CHECK(guard->votes().size() == storage::guard_votes_max - 1);
    CHECK(!signs(*guard, notarize, 1, 'b'));
    REQUIRE(signs(*guard, nullify, views + 1));
    // No room that would cost the votes of the very view that asks.
    CHECK(!signs(*guard, finalize, 2, 'a'));
    CHECK(guard->votes().size() == storage::guard_votes_max);
}

TEST_CASE("vote guard: refuses a vote for the oldest view when it is full") {
    const GuardFolder folder;
    const auto guard = folder.open();
    for (View view = 2; guard->votes().size() < storage::guard_votes_max; ++view) {
        REQUIRE(signs(*guard, notarize, view, 'a'));
    }
    CHECK(!signs(*guard, notarize, 1, 'a'));
    CHECK(!signs(*guard, nullify, 2));
    CHECK(guard->floor() == 0);
}

TEST_CASE("vote guard: is held by one process") {
    const GuardFolder folder;
    const auto guard = folder.open();
    const auto second = folder.try_open();
    REQUIRE(!second);
    CHECK(second.error().code == "guard-in-use");
    CHECK(signs(*guard, notarize, 1, 'a'));
}

TEST_CASE("vote guard: refuses a guard of another key or network, and leaves it alone") {
    const GuardFolder folder;
    REQUIRE(signs(*folder.open(), notarize, 1, 'a'));
    const std::string before = folder.contents();
    const auto other_key = VoteGuard::open(folder.file, folder.network, test_key(8), 0, 0);
    REQUIRE(!other_key);
    CHECK(other_key.error().code == "wrong-key");
    const auto other_network = VoteGuard::open(folder.file, block(1), test_key(), 0, 0);
    REQUIRE(!other_network);
    CHECK(other_network.error().code == "wrong-network");
    CHECK(folder.contents() == before);
}

TEST_CASE("vote guard: says why it cannot be used") {
    const GuardFolder folder;
    std::filesystem::create_directory(folder.file);
    const auto guard = folder.try_open();
    REQUIRE(!guard);
    CHECK(guard.error().code == "guard-unreadable");
    CHECK(!guard.error().hint.empty());
}
