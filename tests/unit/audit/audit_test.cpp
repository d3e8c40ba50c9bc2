// The audit of a data folder: nothing is found in a clean one, and every change is in any other.
// AUDIT_FLIPS=N flips N random bytes, AUDIT_SEED=S others.
#include "audit/audit.h"

#include "audit/findings.h"
#include "audit/tamper.h"
#include "storage/store.h"
#include "tests/unit/audit/data_folder.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <random>

using namespace consentree;
using namespace consentree::audit;
using namespace consentree::audit::test;
using ledger::Table;
namespace fs = std::filesystem;

namespace {

const DataFolder& folder() {
    static const DataFolder made;
    return made;
}

Report audit_of(const fs::path& data) {
    auto report = audit::run(folder().request_for(data));
    REQUIRE(report.has_value());
    return std::move(*report);
}

std::string told(const Report& report) {
    std::string text;
    for (const Finding& finding : report.findings) {
        text +=
            finding.what + " | expected " + finding.expected + " | found " + finding.found + "\n";
    }
    return text;
}

std::size_t number_from(const char* name, std::size_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::mt19937_64 random_of(std::size_t test) {
    return std::mt19937_64(number_from("AUDIT_SEED", 1) * 1000 + test);
}

using Rows = std::vector<std::pair<Bytes, Bytes>>;

Rows rows_of(storage::Store& store, Table table) {
    Rows rows;
    store.snapshot()->scan(table, {}, {}, ledger::Direction::ascending,
                           [&](BytesView key, BytesView value) {
                               rows.emplace_back(to_bytes(key), to_bytes(value));
                               return true;
                           });
    return rows;
}

// Rows of which nobody can know that they were there.
bool is_volatile(Table table, const Bytes& key) {
    if (table == Table::meta) return as_text(key).starts_with("journal");
    return table == Table::batch && key[1] == 2;  // The lane whose batch no block orders.
}

enum class Change { changed, removed, added };

ledger::Write change_of(Table table, const Rows& rows, Change change, std::mt19937_64& random) {
    auto [key, value] = rows[random() % rows.size()];
    if (change == Change::removed) {
        while (is_volatile(table, key)) key = rows[random() % rows.size()].first;
        return {table, key, std::nullopt};
    }
    if (change == Change::changed) {
        value[random() % value.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
        return {table, key, value};
    }
    Bytes other = key;  // A key like the others that is not there.
    const auto is_there = [&] {
        return std::ranges::any_of(rows, [&](const auto& row) { return row.first == other; });
    };
    while (is_there())
        other[random() % other.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
    return {table, other, value};
}

}  // namespace

TEST_CASE("audit: a clean folder is what its blocks give") {
    const TemporaryFolder place;
    const fs::path data = folder().copy_to(place);
    const Report report = audit_of(data);
    INFO(told(report));
    CHECK(report.findings.empty());
    CHECK(report.height == folder().height());
    CHECK(report.tree_size == folder().tip().tree_size);
    CHECK(report.root == to_hex(folder().tip().root.view()));
    CHECK(report.checkpoint_size == report.tree_size);
    CHECK(report.rows.size() == ledger::table_count);
    CHECK(report.entries == 28);
    CHECK(report.verdicts == 25);
    CHECK(report.seals == report.height);
    CHECK(report.signatures > 60);
    std::uint64_t bytes = 0;
    for (const auto& file : fs::recursive_directory_iterator(data)) {
        if (file.is_regular_file()) bytes += file.file_size();
    }
    CHECK(report.bytes == bytes);
    // Nothing of the audit is left beside it.
    CHECK(std::distance(fs::directory_iterator(place.path()), {}) == 1);
}

TEST_CASE("audit: in every table a changed, a removed and an added row is found and named") {
    auto random = random_of(1);
    const TemporaryFolder place;
    for (std::size_t k = 0; k < ledger::table_count; ++k) {
        const auto table = static_cast<Table>(k);
        for (const Change change : {Change::changed, Change::removed, Change::added}) {
            const fs::path data = folder().copy_to(place);
            {
                auto store = storage::open_rocks_store(data / "ledger");
                REQUIRE(store.has_value());
                const Rows rows = rows_of(**store, table);
                REQUIRE_FALSE(rows.empty());
                REQUIRE((*store)->write({change_of(table, rows, change, random)}).has_value());
            }
            const Report report = audit_of(data);
            INFO("table " << table_name(table) << ", change " << static_cast<int>(change) << "\n"
                          << told(report));
            REQUIRE_FALSE(report.findings.empty());
            // That a checkpoint is gone may have an innocent reason.
            const bool is_open = table == Table::checkpoint && change == Change::removed;
            CHECK(report.has_failed() != is_open);
            const bool is_named = std::ranges::any_of(report.findings, [&](const Finding& finding) {
                return finding.table == table_name(table) ||
                       finding.what.find(table_name(table)) != std::string::npos;
            });
            CHECK(is_named);
        }
    }
}

TEST_CASE("audit: a flipped bit in any file is found, and the file named") {
    auto random = random_of(2);
    const TemporaryFolder place;
    std::vector<fs::path> files;
    const fs::path clean = folder().copy_to(place);
    for (const auto& file : fs::recursive_directory_iterator(clean)) {
        if (file.is_regular_file() && file.file_size() > 0) files.push_back(file.path());
    }
    std::ranges::sort(files);
    const std::size_t flips = number_from("AUDIT_FLIPS", files.size());
    for (std::size_t k = 0; k < flips; ++k) {
        folder().copy_to(place);
        const fs::path file = files[k % files.size()];
        const auto at = static_cast<std::streamoff>(random() % fs::file_size(file));
        const int bit = 1 << random() % 8;
        {
            std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
            stream.seekg(at);
            const int byte = stream.get();
            stream.seekp(at);
            stream.put(static_cast<char>(byte ^ bit));
            REQUIRE(stream.flush());
        }
        const Report report = audit_of(clean);
        const std::string name = file.filename().string();
        INFO(name << " at " << at << " bit " << bit << "\n" << told(report));
        REQUIRE(report.has_failed());
        CHECK(std::ranges::any_of(report.findings,
                                  [&](const Finding& finding) { return finding.file == name; }));
    }
}

TEST_CASE("audit: every way of the demo to tamper is found") {
    const TemporaryFolder place;
    for (const TamperWay& way : tamper_ways()) {
        const fs::path data = folder().copy_to(place);
        const auto done = tamper(data, way.name);
        INFO(way.name << ": " << (done ? *done : done.error().detail));
        REQUIRE(done.has_value());
        const Report report = audit_of(data);
        INFO(told(report));
        CHECK(report.has_failed());
    }
    CHECK(tamper(folder().copy_to(place), "no such way").error().code == "tamper-unknown");
}

TEST_CASE("audit: peers with the same, another and an unsigned log") {
    const TemporaryFolder place;
    Request request = folder().request_for(folder().copy_to(place));
    const ledger::Tip& tip = folder().tip();
    std::string note = folder().note(tip.tree_size, tip.root);
    Peer peer{"peer", [&] { return std::optional(note); }, [](auto, auto) { return std::nullopt; }};
    request.peers = {peer};
    CHECK(audit::run(request)->findings.empty());
    Hash other = tip.root;
    other.data()[0] ^= 1;
    note = folder().note(tip.tree_size, other);
    CHECK(audit::run(request)->has_failed());
    note.pop_back();
    CHECK(audit::run(request)->is_undecidable());
    note = folder().note(tip.tree_size + 1, other);  // Longer, and no proof that it goes on.
    CHECK(audit::run(request)->is_undecidable());
    request.peers[0].note = [] { return std::nullopt; };
    CHECK(audit::run(request)->findings.empty());
}

TEST_CASE("audit: beside a process that uses the folder") {
    const TemporaryFolder place;
    const fs::path data = folder().copy_to(place);
    auto store = storage::open_rocks_store(data / "ledger");
    REQUIRE(store.has_value());
    const Report report = audit_of(data);
    INFO(told(report));
    CHECK(report.findings.empty());
}
