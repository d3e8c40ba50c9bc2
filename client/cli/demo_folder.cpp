#include "client/cli/demo_folder.h"

#include "client/context.h"
#include "client/import/built_in.h"
#include "client/network_files.h"
#include "common/files.h"
#include "common/keys.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstring>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::uint16_t first_api_port = 8501;
constexpr std::uint16_t first_peer_port = 8601;
constexpr std::uint16_t block = 8;
constexpr int blocks = 12;  // The API's blocks end where the peers' begin.

Failure failure(FailureKind kind, std::string code, std::string what, std::string hint) {
    Failure result;
    result.kind = kind;
    result.code = std::move(code);
    result.what = std::move(what);
    result.hint = std::move(hint);
    return result;
}

Failure not_written(const fs::path& path) {
    return failure(FailureKind::failed, "file-not-written", "cannot write " + path.string(),
                   "Is there room, and may you write there? Another folder: --dir D");
}

std::vector<NewNetwork::Institution> institutions(std::size_t count) {
    std::vector<NewNetwork::Institution> all = {
        {"northbank", "Northbank"},    {"medcare", "Medcare"},   {"citygov", "CityGov"},
        {"unilab", "UniLab"},          {"eastbank", "Eastbank"}, {"taxoffice", "TaxOffice"},
        {"southclinic", "SouthClinic"}};
    all.resize(count);
    return all;
}

bool is_free(std::uint16_t port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return false;
    const int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound =
        bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        listen(descriptor, 1) == 0;
    close(descriptor);
    return bound;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
}

std::string quoted_address(std::uint16_t port) {
    return "\"127.0.0.1:" + std::to_string(port) + "\"";
}

// Puts the new ports into every node's settings. The old ones pass through a placeholder, so
// that overlapping blocks do not mix.
Outcome<Done> write_ports(const Demo& before, const Demo& after) {
    for (std::size_t i = 0; i < before.nodes.size(); ++i) {
        const fs::path path = before.config(i);
        auto text = read_file(path, 256 * 1024);
        if (!text) return not_written(path);
        for (std::size_t n = 0; n < before.nodes.size(); ++n) {
            const std::string mark = std::to_string(n);
            replace_all(*text, quoted_address(before.nodes[n].api), "\"api:" + mark + "\"");
            replace_all(*text, quoted_address(before.nodes[n].peer), "\"peer:" + mark + "\"");
        }
        for (std::size_t n = 0; n < after.nodes.size(); ++n) {
            const std::string mark = std::to_string(n);
            replace_all(*text, "\"api:" + mark + "\"", quoted_address(after.nodes[n].api));
            replace_all(*text, "\"peer:" + mark + "\"", quoted_address(after.nodes[n].peer));
        }
        if (!replace_file(path, *text)) return not_written(path);
    }
    return Done{};
}

// The agreements of the sample imports, and a key for pseudonyms.
Outcome<Done> add_import_files(const fs::path& folder) {
    constexpr std::string_view samples = "mappings/samples/";
    for (const std::string_view path : mapping::built_in_files()) {
        if (!path.starts_with(std::string(samples) + "agreement-")) continue;
        const fs::path file = folder / path.substr(samples.size());
        if (!write_new_file(file, *mapping::built_in_file(path))) return not_written(file);
    }
    std::error_code error;
    fs::create_directories(folder / "keys", error);
    const fs::path key = folder / "keys" / "pseudonym.key";
    if (!write_new_file(key, to_hex(random_bytes(32)) + "\n", 0600)) return not_written(key);
    for (const char* name : {"logs", "run"}) fs::create_directories(folder / name, error);
    return Done{};
}

fs::path lock_path(const fs::path& folder) {
    return folder / "run" / "demo.lock";
}

}  // namespace

fs::path Demo::config(std::size_t node) const {
    return folder / nodes[node].institution / "node.toml";
}
fs::path Demo::log(std::size_t node) const {
    return folder / "logs" / (nodes[node].institution + ".log");
}
fs::path Demo::pid_file(std::size_t node) const {
    return folder / "run" / (nodes[node].institution + ".pid");
}
fs::path Demo::wish_file(std::size_t node) const {
    return folder / "run" / (nodes[node].institution + ".start");
}
fs::path Demo::submit_key(std::size_t node) const {
    return node == 0 ? partner_key() : folder / nodes[node].institution / "partner.key";
}
fs::path Demo::admin_key(std::size_t node) const {
    return folder / nodes[node].institution / "admin.key";
}
std::vector<std::string> Demo::urls() const {
    std::vector<std::string> result;
    for (const DemoNode& node : nodes) result.push_back(node.url());
    return result;
}

fs::path default_demo_folder() {
    return data_home() / "demo";
}

fs::path demo_folder_in_use() {
    if (auto context = load_context("demo"); context && !context->trust.empty()) {
        const fs::path folder = fs::path(context->trust).parent_path();
        if (is_demo_folder(folder)) return folder;
    }
    return default_demo_folder();
}

bool is_demo_folder(const fs::path& folder) {
    std::error_code error;
    return fs::exists(folder / "demo.json", error);
}

Outcome<Demo> make_demo(const fs::path& folder, std::size_t nodes) {
    std::error_code error;
    const fs::path target = fs::absolute(folder).lexically_normal();
    if (fs::exists(target, error) && !fs::is_empty(target, error)) {
        return failure(FailureKind::conflict, "folder-in-use",
                       target.string() + " holds files that are no demo",
                       "Choose another folder: --dir D");
    }
    // Made beside and renamed: a demo that was interrupted here leaves none behind.
    const fs::path fresh = target.string() + ".new-" + std::to_string(getpid());
    fs::create_directories(fresh.parent_path(), error);
    NewNetwork network;
    network.name = "demo";
    network.institutions = institutions(nodes);
    network.folder = fresh;
    network.api_port = first_api_port;
    network.peer_port = first_peer_port;
    auto files = make_network(network);
    if (!files) return files.error();
    if (auto added = add_import_files(fresh); !added) return added.error();
    Demo demo;
    demo.folder = fresh;
    for (std::size_t i = 0; i < nodes; ++i) {
        demo.nodes.push_back({network.institutions[i].id, network.institutions[i].name,
                              static_cast<std::uint16_t>(first_api_port + i),
                              static_cast<std::uint16_t>(first_peer_port + i)});
    }
    if (auto saved = save_demo(demo); !saved) return saved.error();
    fs::rename(fresh, target, error);
    if (error) return not_written(target);
    demo.folder = target;
    return demo;
}

Outcome<Demo> open_demo(const fs::path& folder) {
    Demo demo;
    demo.folder = fs::absolute(folder).lexically_normal();
    const auto text = read_file(demo.folder / "demo.json", 64 * 1024);
    if (!text) {
        return failure(FailureKind::not_found, "no-demo", "there is no demo in " + folder.string(),
                       "Start one: consentree demo up");
    }
    const Json json = Json::parse(*text, nullptr, false);
    const auto malformed = failure(FailureKind::failed, "demo-malformed",
                                   (demo.folder / "demo.json").string() + " is damaged",
                                   "Delete the folder and start again.");
    if (!json.is_object() || !json.contains("nodes") || !json["nodes"].is_array()) return malformed;
    demo.loaded = json.value("loaded", false);
    for (const Json& item : json["nodes"]) {
        if (!item.is_object()) return malformed;
        DemoNode node;
        node.institution = item.value("institution", "");
        node.name = item.value("name", "");
        node.api = item.value<std::uint16_t>("api", 0);
        node.peer = item.value<std::uint16_t>("peer", 0);
        if (node.institution.empty() || node.api == 0 || node.peer == 0) return malformed;
        demo.nodes.push_back(std::move(node));
    }
    return demo;
}

Outcome<Done> save_demo(const Demo& demo) {
    Json nodes = Json::array();
    for (const DemoNode& node : demo.nodes) {
        nodes.push_back({{"institution", node.institution},
                         {"name", node.name},
                         {"api", node.api},
                         {"peer", node.peer}});
    }
    const Json json = {{"version", 1}, {"loaded", demo.loaded}, {"nodes", nodes}};
    const fs::path path = demo.folder / "demo.json";
    if (!replace_file(path, json.dump(2) + "\n")) return not_written(path);
    return Done{};
}

Outcome<bool> settle_ports(Demo& demo) {
    const Demo before = demo;
    for (int attempt = 0; attempt <= blocks; ++attempt) {
        // First where it was, then every block from the beginning.
        const auto offset = static_cast<std::uint16_t>(block * (attempt - 1));
        bool all_free = true;
        for (std::size_t i = 0; i < demo.nodes.size(); ++i) {
            DemoNode& node = demo.nodes[i];
            if (attempt > 0) {
                node.api = static_cast<std::uint16_t>(first_api_port + offset + i);
                node.peer = static_cast<std::uint16_t>(first_peer_port + offset + i);
            }
            all_free = all_free && is_free(node.api) && is_free(node.peer);
        }
        if (!all_free) continue;
        if (attempt == 0) return false;
        if (auto written = write_ports(before, demo); !written) return written.error();
        if (auto saved = save_demo(demo); !saved) return saved.error();
        return demo.nodes.front().api != before.nodes.front().api;
    }
    demo = before;
    return failure(FailureKind::failed, "no-free-ports",
                   "no block of ports from 8501 and 8601 on is free", "See who listens: ss -ltnp");
}

Outcome<DemoLock> DemoLock::take(const Demo& demo) {
    const fs::path path = lock_path(demo.folder);
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return not_written(path);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        close(descriptor);
        return failure(
            FailureKind::conflict, "demo-running",
            "this demo is running already (process " + std::to_string(holder(demo.folder)) + ")",
            "Stop it: consentree demo down; or choose another folder: --dir D");
    }
    const std::string pid = std::to_string(getpid()) + "\n";
    if (ftruncate(descriptor, 0) != 0 ||
        pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        close(descriptor);
        return not_written(path);
    }
    return DemoLock(descriptor);
}

int DemoLock::holder(const fs::path& folder) {
    const fs::path path = lock_path(folder);
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return 0;
    const bool is_held = flock(descriptor, LOCK_SH | LOCK_NB) != 0;
    close(descriptor);
    if (!is_held) return 0;
    const auto text = read_file(path, 64);
    return text ? std::atoi(text->c_str()) : 0;
}

DemoLock::DemoLock(DemoLock&& other) noexcept : descriptor_(other.descriptor_) {
    other.descriptor_ = -1;
}

DemoLock::~DemoLock() {
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace consentree::client::cli
