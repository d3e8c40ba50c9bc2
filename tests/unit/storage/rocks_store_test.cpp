#include "storage/fatal.h"
#include "storage/store.h"
#include "tests/unit/storage/store_contract.h"
#include "tests/unit/storage/temporary_folder.h"

#include <rocksdb/db.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <fstream>
#include <functional>

using namespace consentree;
using ledger::Table;
using storage::open_rocks_store;

namespace {

std::unique_ptr<storage::Store> opened(const std::filesystem::path& folder) {
    auto store = open_rocks_store(folder);
    INFO((store ? "" : store.error().detail));
    REQUIRE(store.has_value());
    return std::move(*store);
}

std::string refusal_code(const std::filesystem::path& folder) {
    const auto store = open_rocks_store(folder);
    if (store) return "opened";
    CHECK(!store.error().detail.empty());
    CHECK(!store.error().hint.empty());
    return store.error().code;
}

// Writes the row that says which version of the key layouts the folder holds.
void set_format(const std::filesystem::path& folder, char version) {
    std::vector<std::string> names;
    REQUIRE(rocksdb::DB::ListColumnFamilies({}, folder.string(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names)
        families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    REQUIRE(rocksdb::DB::Open({}, folder.string(), families, &handles, &db).ok());
    REQUIRE(db->Put({}, "schema", std::string(3, '\0') + version).ok());
    for (auto* handle : handles) REQUIRE(db->DestroyColumnFamilyHandle(handle).ok());
    delete db;
}

// The exit status of a child that runs body; what body leaves open is not closed.
int exit_status_of(const std::function<void()>& body) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        body();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder,
                                            std::string_view prefix,
                                            std::string_view extension) {
    std::vector<std::filesystem::path> found;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        const auto name = file.path().filename().string();
        if (name.starts_with(prefix) && name.ends_with(extension)) found.push_back(file.path());
    }
    std::ranges::sort(found);
    return found;
}

void flip_byte(const std::filesystem::path& path, std::uintmax_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const char byte = static_cast<char>(file.get() ^ 0x40);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
    REQUIRE(file.good());
}

// Writes rows "key0".. one by one and ends without closing, as a killed process does.
void write_and_die(const std::filesystem::path& folder, int rows) {
    REQUIRE(exit_status_of([&] {
                auto store = open_rocks_store(folder);
                if (!store) ::_exit(1);
                for (int i = 0; i < rows; ++i) {
                    const std::string key = "key" + std::to_string(i);
                    if (!(*store)->write({put(Table::state, key, std::string(100, 'v'))})) {
                        ::_exit(2);
                    }
                }
                ::_exit(0);
            }) == 0);
}

}  // namespace

TEST_CASE("rocks store: keeps the store's contract") {
    const TemporaryFolder folder;
    check_store_contract(*opened(folder.path / "data"));
}

TEST_CASE("rocks store: finds everything again, in every table") {
    const TemporaryFolder folder;
    const std::string large(600'000, 'x');
    {
        const auto store = opened(folder.path);
        ledger::WriteSet writes;
        for (std::size_t i = 0; i < ledger::table_count; ++i) {
            writes.push_back(put(static_cast<Table>(i), "key", "value " + std::to_string(i)));
        }
        writes.push_back(put(Table::batch, "large", large));
        REQUIRE(store->write(writes));
    }
    const auto reader = opened(folder.path)->snapshot();
    for (std::size_t i = 0; i < ledger::table_count; ++i) {
        CHECK(value_of(*reader, static_cast<Table>(i), "key") == "value " + std::to_string(i));
    }
    CHECK(value_of(*reader, Table::batch, "large") == large);
}

TEST_CASE("rocks store: a killed process loses no finished write") {
    const TemporaryFolder folder;
    write_and_die(folder.path, 50);
    const auto reader = opened(folder.path)->snapshot();
    for (int i = 0; i < 50; ++i) {
        CHECK(value_of(*reader, Table::state, "key" + std::to_string(i)) == std::string(100, 'v'));
    }
}

TEST_CASE("rocks store: drops a torn last write whole") {
    const TemporaryFolder folder;
    write_and_die(folder.path, 20);
    const auto logs = files_of(folder.path, "", ".log");
    REQUIRE(logs.size() == 1);
    std::filesystem::resize_file(logs[0], std::filesystem::file_size(logs[0]) - 7);
    const auto reader = opened(folder.path)->snapshot();
    CHECK(value_of(*reader, Table::state, "key18") == std::string(100, 'v'));
    CHECK(value_of(*reader, Table::state, "key19") == "absent");
}

TEST_CASE("rocks store: refuses damage in the middle of its log") {
    const TemporaryFolder folder;
    write_and_die(folder.path, 400);
    const auto logs = files_of(folder.path, "", ".log");
    REQUIRE(logs.size() == 1);
    flip_byte(logs[0], std::filesystem::file_size(logs[0]) / 2);
    CHECK(refusal_code(folder.path) == "data-damaged");
}

TEST_CASE("rocks store: refuses a damaged, cut or missing manifest") {
    const TemporaryFolder folder;
    write_and_die(folder.path, 5);
    const auto manifests = files_of(folder.path, "MANIFEST-", "");
    REQUIRE(manifests.size() == 1);
    SECTION("flipped") {
        flip_byte(manifests[0], 30);
    }
    SECTION("cut") {
        std::filesystem::resize_file(manifests[0], 10);
    }
    SECTION("missing") {
        std::filesystem::remove(manifests[0]);
    }
    SECTION("no CURRENT") {
        std::filesystem::remove(folder.path / "CURRENT");
    }
    SECTION("CURRENT cut") {
        std::filesystem::resize_file(folder.path / "CURRENT", 3);
    }
    CHECK(refusal_code(folder.path) == "data-damaged");
    // And it does not become an empty ledger by trying again.
    CHECK(refusal_code(folder.path) == "data-damaged");
}

TEST_CASE("rocks store: refuses data of an older and of a newer format") {
    const TemporaryFolder folder;
    opened(folder.path);
    set_format(folder.path, 1);
    CHECK(refusal_code(folder.path) == "data-older");
    set_format(folder.path, 99);
    CHECK(refusal_code(folder.path) == "data-newer");
    set_format(folder.path, 5);
    CHECK(refusal_code(folder.path) == "opened");
}

TEST_CASE("rocks store: refuses a second user of its folder") {
    const TemporaryFolder folder;
    const auto store = opened(folder.path);
    CHECK(refusal_code(folder.path) == "data-in-use");
    CHECK(exit_status_of([&] {
              const auto second = open_rocks_store(folder.path);
              ::_exit(!second && second.error().code == "data-in-use" ? 0 : 1);
          }) == 0);
    CHECK(store->write({put(Table::meta, "tip", "1")}));
}

TEST_CASE("rocks store: refuses a folder that it cannot use") {
    const TemporaryFolder folder;
    std::ofstream(folder.path / "file") << "text";
    CHECK(refusal_code(folder.path / "file" / "data") == "data-not-writable");
    if (::geteuid() != 0) {
        std::filesystem::permissions(
            folder.path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
        CHECK(refusal_code(folder.path / "data") == "data-not-writable");
        std::filesystem::permissions(folder.path, std::filesystem::perms::owner_all);
    }
}

TEST_CASE("rocks store: a damaged table file stops the process that reads it") {
    const TemporaryFolder folder;
    write_and_die(folder.path, 400);
    opened(folder.path).reset();  // A start writes what it recovers into table files.
    auto files = files_of(folder.path, "", ".sst");
    REQUIRE(!files.empty());
    std::ranges::sort(files, {}, [](const auto& file) { return std::filesystem::file_size(file); });
    flip_byte(files.back(), std::filesystem::file_size(files.back()) / 2);
    CHECK(exit_status_of([&] {
              ::close(STDERR_FILENO);
              const auto store = open_rocks_store(folder.path);
              if (!store) ::_exit(1);
              scan_text(*(*store)->snapshot(), Table::state, "", "", ledger::Direction::ascending);
          }) == storage::storage_failed_exit);
}
