#include "node/board.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node;
using ledger::Table;

namespace {

// A snapshot that holds the outcome of the given transactions.
class Snapshot final : public ledger::Reader {
public:
    explicit Snapshot(std::vector<ledger::TxId> decided) : decided_(std::move(decided)) {}
    std::optional<Bytes> get(Table table, BytesView key) const override {
        for (const ledger::TxId& id : decided_) {
            if (table == Table::transaction && equal(id.view(), key)) return Bytes{1};
        }
        return std::nullopt;
    }
    void scan(Table, BytesView, BytesView, ledger::Direction, const Visit&) const override {}

private:
    std::vector<ledger::TxId> decided_;
};

ledger::TxId id_of(std::uint8_t n) {
    ledger::TxId id;
    id.bytes[0] = n;
    return id;
}

std::shared_ptr<Snapshot> with(std::vector<ledger::TxId> decided) {
    return std::make_shared<Snapshot>(std::move(decided));
}

}  // namespace

TEST_CASE("board: a watcher is called when its transaction is certified, not when it is decided") {
    Board board(with({}));
    int calls = 0;
    board.add_pending(id_of(1));
    board.watch(id_of(1), [&] { ++calls; });
    board.decided(7, {{id_of(1), ledger::TxStatus::committed}});
    CHECK(calls == 0);
    CHECK(board.is_pending(id_of(1)));
    board.certified(6, with({}), nullptr, "older");
    CHECK(calls == 0);
    board.certified(7, with({id_of(1)}), nullptr, "note");
    CHECK(calls == 1);
    CHECK(!board.is_pending(id_of(1)));
    CHECK(board.note() == "note");
}

TEST_CASE("board: watching what is certified already calls at once") {
    Board board(with({id_of(2)}));
    int calls = 0;
    const auto ticket = board.watch(id_of(2), [&] { ++calls; });
    CHECK(calls == 1);
    board.unwatch(ticket);
    board.certified(1, with({id_of(2)}), nullptr, "note");
    CHECK(calls == 1);
}

TEST_CASE("board: an unwatched ticket is never called, others of the same transaction are") {
    Board board(with({}));
    int first = 0, second = 0;
    const auto ticket = board.watch(id_of(3), [&] { ++first; });
    board.watch(id_of(3), [&] { ++second; });
    board.unwatch(ticket);
    board.decided(1, {{id_of(3), ledger::TxStatus::rejected}});
    board.certified(1, with({id_of(3)}), nullptr, "note");
    CHECK(first == 0);
    CHECK(second == 1);
}

TEST_CASE("board: a note without a snapshot keeps the snapshot") {
    const auto start = with({id_of(4)});
    Board board(start);
    board.certified(0, nullptr, nullptr, "fresh");
    CHECK(board.snapshot() == start);
    CHECK(board.note() == "fresh");
}

TEST_CASE("board: who follows is told of each new snapshot, not of new notes") {
    Board board(with({}));
    int calls = 0;
    const auto ticket = board.follow([&] { ++calls; });
    board.certified(1, with({}), nullptr, "note");
    board.certified(1, nullptr, nullptr, "fresh");
    CHECK(calls == 1);
    board.certified(2, with({}), nullptr, "note");
    CHECK(calls == 2);
    board.unfollow(ticket);
    board.certified(3, with({}), nullptr, "note");
    CHECK(calls == 2);
}
