#include "node/config.h"

#include "common/files.h"

#include <unistd.h>
#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node;

namespace {

constexpr const char* good = R"(
data_dir = "data"
genesis = "/etc/consentree/genesis.json"
key = "validator.key"
[api]
listen = "127.0.0.1:8501"
[peer]
listen = "[::1]:8601"
peers = [{ institution = "medcare", address = "127.0.0.1:8602" }]
[log]
format = "json"
)";

struct File {
    explicit File(const std::string& text)
        : path(std::filesystem::temp_directory_path() /
               ("consentree-config-" + std::to_string(::getpid()) + ".toml")) {
        REQUIRE(replace_file(path, text));
    }
    ~File() { std::filesystem::remove(path); }
    std::filesystem::path path;
};

std::string with(std::string text, const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("config: reads every key, and relative paths from the file's folder") {
    const File file(good);
    const auto config = load_config(file.path);
    REQUIRE(config.has_value());
    CHECK(config->data_dir == file.path.parent_path() / "data");
    CHECK(config->genesis == "/etc/consentree/genesis.json");
    CHECK(config->api.port == 8501);
    CHECK(config->peer.host == "::1");
    REQUIRE(config->peers.size() == 1);
    CHECK(config->peers[0].institution == "medcare");
    CHECK(config->log_format == "json");
    CHECK(config->api_certificate.empty());
    CHECK(config->api_callers.empty());
}

TEST_CASE("config: the API's certificate and callers") {
    const std::string hash(64, 'a');
    const std::string more =
        "[api]\ncertificate = \"api.crt\"\nprivate_key = \"/etc/api.key\"\ncallers = [\n"
        "{ name = \"a\", role = \"client\", token_sha256 = \"" +
        hash +
        "\" },\n"
        "{ name = \"b\", role = \"monitor\", token_sha256 = \"" +
        std::string(64, 'b') + "\" }]";
    const std::string whole = with(good, "[api]", more);
    const File file(whole);
    const auto config = load_config(file.path);
    REQUIRE(config.has_value());
    CHECK(config->api_certificate == file.path.parent_path() / "api.crt");
    CHECK(config->api_private_key == "/etc/api.key");
    REQUIRE(config->api_callers.size() == 2);
    CHECK(config->api_callers[0].role == CallerRole::client);
    CHECK(to_hex(config->api_callers[0].token.view()) == hash);
    CHECK(config->api_callers[1].role == CallerRole::monitor);
    CHECK(config->api_callers[1].name == "b");

    const struct {
        std::string what, by, expected;
    } cases[] = {
        {"certificate = \"api.crt\"\n", "", "go together"},
        {"private_key = \"/etc/api.key\"\n", "", "go together"},
        {"\"monitor\"", "\"nobody\"", "must be \"client\" or \"monitor\""},
        {"name = \"a\", ", "", "\"api.callers.name\" is missing"},
        {"name = \"a\", ", "name = \"a\", token = \"x\", ", "unknown key \"api.callers.token\""},
        {hash, hash.substr(1), "must be the SHA-256"},
        {hash, "ctt_secret", "must be the SHA-256"},
        {std::string(64, 'b'), hash, "the token of \"a\" twice"},
        {"{ name = \"a\"", "3, { name = \"a\"", "must be a table"},
    };
    for (const auto& one : cases) {
        const File broken(with(whole, one.what, one.by));
        const auto refused = load_config(broken.path);
        INFO(one.by);
        REQUIRE(!refused.has_value());
        CHECK(refused.error().detail.find(one.expected) != std::string::npos);
        CHECK(refused.error().detail.find("ctt_secret") == std::string::npos);
    }
}

TEST_CASE("config: names the line of what it refuses") {
    const struct {
        std::string what, by, expected;
    } cases[] = {
        {"data_dir = \"data\"", "", "\"data_dir\" is missing"},
        {"key = ", "kye = ", "is missing"},
        {"[api]", "[api]\nport = 3", "unknown key \"api.port\""},
        {"127.0.0.1:8501", "127.0.0.1", "not an address"},
        {"127.0.0.1:8501", "127.0.0.1:70000", "not an address"},
        {"\"json\"", "\"xml\"", "\"log.format\" must be"},
        {"institution = \"medcare\", ", "", "\"peer.peers.institution\" is missing"},
        {"[peer]", "[peer", ":"},
    };
    for (const auto& one : cases) {
        const File file(with(good, one.what, one.by));
        const auto config = load_config(file.path);
        REQUIRE(!config.has_value());
        INFO(config.error().detail);
        CHECK(config.error().detail.find(one.expected) != std::string::npos);
        CHECK(config.error().detail.find(file.path.string() + ":") == 0);
    }
}

TEST_CASE("config: a missing file says how to get one") {
    const auto config = load_config("/nonexistent/node.toml");
    REQUIRE(!config.has_value());
    CHECK(config.error().code == "config-unreadable");
    CHECK(!config.error().hint.empty());
}

TEST_CASE("config: the watch's thresholds, each within its bounds") {
    const auto of = [](const std::string& lines) {
        const File file(good + std::string("[watch]\n") + lines);
        return load_config(file.path);
    };
    CHECK(of("")->watch.near_cap_percent == 80);
    CHECK(of("")->watch.enabled);
    const auto config =
        of("enabled = false\nnear_cap_percent = 90\nconfirm_hours = 1\ndeletion_hours = 0\n"
           "volume_history_hours = 336\nvolume_floor = 7\nvolume_spreads = 2\nopen_days = 30\n"
           "read_back = 0\n");
    REQUIRE(config.has_value());
    CHECK_FALSE(config->watch.enabled);
    CHECK(config->watch.near_cap_percent == 90);
    CHECK(config->watch.deletion_hours == 0);
    CHECK(config->watch.volume_history_hours == 336);
    CHECK(config->watch.read_back == 0);
    for (const char* line :
         {"near_cap_percent = 0", "near_cap_percent = 101", "confirm_hours = 0",
          "confirm_hours = -1", "volume_history_hours = 337", "volume_floor = 2.5",
          "read_back = \"all\"", "enabled = 1", "thresholds = 1"}) {
        INFO(line);
        const auto refused = of(line);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().detail.find("watch.") != std::string::npos);
    }
}
