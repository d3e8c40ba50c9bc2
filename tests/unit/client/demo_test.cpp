#include "client/cli/demo_folder.h"
#include "client/cli/demo_process.h"
#include "common/files.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client::cli;
namespace fs = std::filesystem;

namespace {

// A folder that is gone at the end of the test.
struct Folder {
    fs::path path;
    Folder() {
        std::string name = (fs::temp_directory_path() / "consentree-demo-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { fs::remove_all(path); }
};

// Listens on a port of 127.0.0.1, or on none if it is taken already: busy either way.
struct Busy {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    explicit Busy(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
            listen(descriptor, 1);
        }
    }
    ~Busy() { close(descriptor); }
};

std::string text_of(const fs::path& path) {
    auto text = read_file(path, 1 << 20);
    REQUIRE(text.has_value());
    return *text;
}

}  // namespace

TEST_CASE("demo: its folder holds a network, its keys and what imports need") {
    Folder folder;
    auto made = make_demo(folder.path / "demo", 7);
    REQUIRE(made.has_value());
    auto demo = open_demo(folder.path / "demo");
    REQUIRE(demo.has_value());
    CHECK(demo->nodes.size() == 7);
    CHECK_FALSE(demo->loaded);
    CHECK(demo->nodes[0].institution == "northbank");
    CHECK(demo->nodes[3].institution == "unilab");
    for (const fs::path& file :
         {demo->trust(), demo->agreement(), demo->partner_key(), demo->officer_key(),
          demo->pseudonym_key(), demo->folder / "agreement-ob-uk.json", demo->config(6)}) {
        INFO(file);
        CHECK(fs::exists(file));
    }
    CHECK((fs::status(demo->pseudonym_key()).permissions() & fs::perms::others_read) ==
          fs::perms::none);
}

TEST_CASE("demo: a folder with other files in it is left alone") {
    Folder folder;
    REQUIRE(write_new_file(folder.path / "diary.txt", "mine").has_value());
    auto made = make_demo(folder.path, 4);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == "folder-in-use");
    CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
    CHECK_FALSE(is_demo_folder(folder.path));
    CHECK_FALSE(open_demo(folder.path).has_value());
}

TEST_CASE("demo: busy ports move the whole network to another block") {
    Folder folder;
    auto demo = make_demo(folder.path / "demo", 4);
    REQUIRE(demo.has_value());
    const std::uint16_t before = demo->nodes[2].api;
    const Busy busy(before);
    auto moved = settle_ports(*demo);
    REQUIRE(moved.has_value());
    CHECK(*moved);
    CHECK((demo->nodes[0].api - 8501) % 8 == 0);
    CHECK(demo->nodes[0].peer - demo->nodes[0].api == 100);
    for (std::size_t i = 0; i < demo->nodes.size(); ++i) {
        const std::string config = text_of(demo->config(i));
        CHECK(config.find(":" + std::to_string(before) + "\"") == std::string::npos);
        CHECK(config.find(":" + std::to_string(demo->nodes[i].api) + "\"") != std::string::npos);
        for (const DemoNode& node : demo->nodes) {
            CHECK(config.find(":" + std::to_string(node.peer) + "\"") != std::string::npos);
        }
    }
    auto reopened = open_demo(demo->folder);
    REQUIRE(reopened.has_value());
    CHECK(reopened->nodes[3].api == demo->nodes[3].api);
}

TEST_CASE("demo: one process at a time runs a folder") {
    Folder folder;
    auto demo = make_demo(folder.path / "demo", 4);
    REQUIRE(demo.has_value());
    CHECK(DemoLock::holder(demo->folder) == 0);
    {
        auto lock = DemoLock::take(*demo);
        REQUIRE(lock.has_value());
        CHECK(DemoLock::holder(demo->folder) == getpid());
        auto second = DemoLock::take(*demo);
        REQUIRE_FALSE(second.has_value());
        CHECK(second.error().code == "demo-running");
    }
    CHECK(DemoLock::holder(demo->folder) == 0);
}

TEST_CASE("demo: a pid file that names another program is not a node") {
    Folder folder;
    auto demo = make_demo(folder.path / "demo", 4);
    REQUIRE(demo.has_value());
    CHECK(find_node(*demo, 0) == 0);
    REQUIRE(write_new_file(demo->pid_file(0), std::to_string(getpid()) + "\n").has_value());
    CHECK(find_node(*demo, 0) == 0);
}
