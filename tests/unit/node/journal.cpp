#include "node/journal.h"

#include "storage/memory_store.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node;

namespace {

consensus::Message proposal_of(View view) {
    consensus::Proposal proposal;
    proposal.block.view = view;
    proposal.block.height = view;
    proposal.block.parent_view = view - 1;
    proposal.notarize.ballot.view = view;
    proposal.notarize.ballot.block.bytes[0] = 1;
    return proposal;
}

}  // namespace

TEST_CASE("journal: what was kept comes back until its block is committed") {
    storage::MemoryStore store;
    {
        Journal journal;
        const std::vector<consensus::Message> kept{proposal_of(3), proposal_of(9)};
        REQUIRE(store.write(journal.rows(kept)));
        CHECK(journal.drop(3).empty());  // Not while the rows may still be on their way.
        journal.written(kept);
        const auto drop = journal.drop(3);
        CHECK(drop.size() == 1);
        REQUIRE(store.write(drop));
    }
    Journal journal;
    const auto messages = journal.load(*store.snapshot());
    REQUIRE(messages.size() == 1);
    CHECK(messages[0] == proposal_of(9));
    REQUIRE(store.write(journal.drop(9)));
    CHECK(Journal().load(*store.snapshot()).empty());
}
