#include "tests/unit/storage/store_contract.h"

#include <catch2/catch.hpp>

using namespace consentree;
using ledger::Direction;
using ledger::Table;

ledger::Write put(Table table, std::string_view key, std::string_view value) {
    return {table, to_bytes(as_bytes(key)), to_bytes(as_bytes(value))};
}

ledger::Write remove_row(Table table, std::string_view key) {
    return {table, to_bytes(as_bytes(key)), std::nullopt};
}

std::string value_of(const ledger::Reader& reader, Table table, std::string_view key) {
    const auto value = reader.get(table, as_bytes(key));
    return value ? std::string(as_text(*value)) : "absent";
}

std::string scan_text(const ledger::Reader& reader,
                      Table table,
                      std::string_view from,
                      std::string_view until,
                      Direction direction) {
    std::string text;
    reader.scan(table, as_bytes(from), as_bytes(until), direction,
                [&](BytesView key, BytesView value) {
                    text.append(as_text(key)).append("=").append(as_text(value)).append(" ");
                    return true;
                });
    return text;
}

namespace {

void check_scans(storage::Store& store) {
    REQUIRE(store.write({put(Table::entry, "a", "1"), put(Table::entry, "b", "2"),
                         put(Table::entry, "ba", "3"), put(Table::entry, "c", "4"),
                         put(Table::tile, "b", "other table")}));
    const auto reader = store.snapshot();
    const auto scan = [&](std::string_view from, std::string_view until, Direction direction) {
        return scan_text(*reader, Table::entry, from, until, direction);
    };
    CHECK(scan("", "", Direction::ascending) == "a=1 b=2 ba=3 c=4 ");
    CHECK(scan("b", "c", Direction::ascending) == "b=2 ba=3 ");
    CHECK(scan("b", "c", Direction::descending) == "ba=3 b=2 ");
    CHECK(scan("aa", "", Direction::descending) == "c=4 ba=3 b=2 ");
    CHECK(scan("c", "b", Direction::ascending).empty());
    CHECK(scan("c", "b", Direction::descending).empty());
    CHECK(scan("b", "b", Direction::ascending).empty());
    CHECK(scan("d", "", Direction::descending).empty());

    int visited = 0;
    const auto stop_at_second = [&](BytesView, BytesView) { return ++visited < 2; };
    reader->scan(Table::entry, {}, {}, Direction::descending, stop_at_second);
    CHECK(visited == 2);
}

// Which of it a crash may lose is tested where one can be made: see the memory store's tests.
void check_appends(storage::Store& store) {
    REQUIRE(store.append({put(Table::batch, "a", "1")}));
    CHECK(value_of(*store.snapshot(), Table::batch, "a") == "1");
    REQUIRE(store.sync());
    REQUIRE(store.sync());
    REQUIRE(store.append({put(Table::batch, "a", "2"), put(Table::batch, "b", "1")}));
    REQUIRE(store.write({remove_row(Table::batch, "b")}));
    CHECK(value_of(*store.snapshot(), Table::batch, "a") == "2");
    CHECK(value_of(*store.snapshot(), Table::batch, "b") == "absent");
}

}  // namespace

void check_store_contract(storage::Store& store) {
    CHECK(value_of(*store.snapshot(), Table::meta, "tip") == "absent");
    for (std::size_t i = 0; i < ledger::table_count; ++i) {
        const auto table = static_cast<Table>(i);
        const std::string value = "of table " + std::to_string(i);
        REQUIRE(store.write({put(table, "same key", value)}));
        CHECK(value_of(*store.snapshot(), table, "same key") == value);
    }
    // A later row of one write wins over an earlier one of the same key.
    REQUIRE(store.write({put(Table::meta, "tip", "1"), put(Table::meta, "tip", "2"),
                         put(Table::meta, "gone", "1"), remove_row(Table::meta, "gone"),
                         remove_row(Table::meta, "same key")}));
    const auto before = store.snapshot();
    REQUIRE(store.write({put(Table::meta, "tip", "3"), put(Table::meta, "empty", "")}));
    CHECK(value_of(*before, Table::meta, "tip") == "2");
    CHECK(value_of(*before, Table::meta, "empty") == "absent");
    CHECK(scan_text(*before, Table::meta, "", "", Direction::ascending) == "tip=2 ");
    CHECK(value_of(*store.snapshot(), Table::meta, "tip") == "3");
    CHECK(value_of(*store.snapshot(), Table::meta, "empty").empty());
    CHECK(value_of(*store.snapshot(), Table::meta, "same key") == "absent");

    const std::string large(1u << 20, 'x');
    REQUIRE(store.write({put(Table::batch, "large", large)}));
    CHECK(value_of(*store.snapshot(), Table::batch, "large") == large);
    REQUIRE(store.write({remove_row(Table::entry, "same key"), remove_row(Table::tile, "b")}));
    check_scans(store);
    check_appends(store);
    REQUIRE(store.write({}));
    CHECK(store.disk_bytes() > large.size() / 1000);
}
