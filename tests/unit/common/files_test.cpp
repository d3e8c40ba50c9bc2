#include "common/files.h"

#include "common/keys.h"

#include <catch2/catch.hpp>

using namespace consentree;

namespace {
struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("consentree-files-" + to_hex(random_bytes(8)));
    Folder() { std::filesystem::create_directory(path); }
    ~Folder() { std::filesystem::remove_all(path); }
};
}  // namespace

TEST_CASE("files: a new file is not written twice") {
    const Folder folder;
    REQUIRE(write_new_file(folder.path / "a", "one"));
    CHECK(write_new_file(folder.path / "a", "two").error() == make_error_code(Errc::conflict));
    CHECK(read_file(folder.path / "a", 3).value() == "one");
}

TEST_CASE("files: replacing leaves the new text and nothing beside it") {
    const Folder folder;
    REQUIRE(replace_file(folder.path / "a", "one"));
    REQUIRE(replace_file(folder.path / "a", "two, longer"));
    CHECK(read_file(folder.path / "a", 100).value() == "two, longer");
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("files: reading is bounded and tells absence") {
    const Folder folder;
    REQUIRE(write_new_file(folder.path / "a", "four"));
    CHECK(read_file(folder.path / "a", 3).error() == make_error_code(Errc::too_large));
    CHECK(read_file(folder.path / "b", 3).error() == make_error_code(Errc::not_found));
}
