#include "storage/memory_store.h"

#include "tests/unit/storage/store_contract.h"

#include <catch2/catch.hpp>

using namespace consentree;
using ledger::Table;
using storage::MemoryStore;

TEST_CASE("memory store: keeps the store's contract") {
    MemoryStore store;
    check_store_contract(store);
}

TEST_CASE("memory store: a write that fails leaves all of it or nothing, and is the last") {
    for (const auto outcome :
         {MemoryStore::Outcome::failed_applied, MemoryStore::Outcome::failed_not_applied}) {
        MemoryStore store;
        REQUIRE(store.write({put(Table::meta, "tip", "1")}));
        store.end_next_write_with(outcome);
        const auto failed = store.write({put(Table::meta, "tip", "2"), put(Table::meta, "b", "2")});
        REQUIRE(!failed);
        CHECK(failed.error() == Errc::storage_failed);
        CHECK(!store.write({put(Table::meta, "tip", "3")}));

        const auto found = store.reopen()->snapshot();
        const bool applied = outcome == MemoryStore::Outcome::failed_applied;
        CHECK(value_of(*found, Table::meta, "tip") == (applied ? "2" : "1"));
        CHECK(value_of(*found, Table::meta, "b") == (applied ? "2" : "absent"));
        CHECK(store.reopen()->write({put(Table::meta, "tip", "4")}));
    }
}

TEST_CASE("memory store: forgets what a lying disk did not sync") {
    MemoryStore store;
    REQUIRE(store.write({put(Table::meta, "tip", "1")}));
    store.lose_syncs(true);
    REQUIRE(store.write({put(Table::meta, "tip", "2")}));
    CHECK(value_of(*store.snapshot(), Table::meta, "tip") == "2");
    CHECK(value_of(*store.reopen()->snapshot(), Table::meta, "tip") == "1");
    store.lose_syncs(false);
    REQUIRE(store.write({put(Table::meta, "other", "3")}));
    CHECK(value_of(*store.reopen()->snapshot(), Table::meta, "tip") == "2");
}

TEST_CASE("memory store: forgets what was appended and not synced") {
    for (const bool by_write : {false, true}) {
        MemoryStore store;
        REQUIRE(store.write({put(Table::meta, "tip", "1")}));
        REQUIRE(store.append({put(Table::meta, "tip", "2")}));
        CHECK(value_of(*store.snapshot(), Table::meta, "tip") == "2");
        CHECK(value_of(*store.reopen()->snapshot(), Table::meta, "tip") == "1");
        REQUIRE((by_write ? store.write({put(Table::meta, "other", "3")}) : store.sync()));
        CHECK(value_of(*store.reopen()->snapshot(), Table::meta, "tip") == "2");
    }
}

TEST_CASE("memory store: what is written after reopening does not reach back") {
    MemoryStore store;
    REQUIRE(store.write({put(Table::meta, "tip", "1")}));
    const auto reopened = store.reopen();
    REQUIRE(reopened->write({put(Table::meta, "tip", "2")}));
    CHECK(value_of(*store.snapshot(), Table::meta, "tip") == "1");
}
