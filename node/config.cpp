#include "node/config.h"

#include "common/files.h"

#include <toml++/toml.h>
#include <charconv>
#include <set>

namespace consentree::node {
namespace {

constexpr std::size_t config_bytes = 256 * 1024;

Refusal refuse(const std::filesystem::path& file,
               const toml::source_region& where,
               const std::string& what) {
    std::string place = file.string();
    if (where.begin) {
        place += ":" + std::to_string(where.begin.line) + ":" + std::to_string(where.begin.column);
    }
    return {"config-invalid", place + ": " + what, "",
            "see docs/operations.md, \"Configuration\", for every key"};
}

// Reads the keys of one table and remembers which were asked for, so that typos are found.
class Section {
public:
    Section(const std::filesystem::path& file, const toml::table& table, std::string name)
        : file_(file), table_(table), name_(std::move(name)) {}

    std::string text(const char* key, bool required) {
        known_.insert(key);
        const toml::node* node = table_.get(key);
        if (node == nullptr) {
            if (required) fail(table_.source(), "the key \"" + full(key) + "\" is missing");
            return {};
        }
        if (const auto value = node->value<std::string>(); value && node->is_string())
            return *value;
        fail(node->source(), "\"" + full(key) + "\" must be a string");
        return {};
    }

    HostPort address(const char* key) {
        const std::string value = text(key, true);
        if (failed_) return {};
        auto parsed = parse_host_port(value);
        if (parsed) return *parsed;
        fail(table_.get(key)->source(), "\"" + full(key) + "\": " + parsed.error().detail);
        return {};
    }

    void allow(const char* key) { known_.insert(key); }

    std::optional<Refusal> finish() {
        for (const auto& [key, node] : table_) {
            if (!failed_ && !known_.contains(std::string(key.str()))) {
                fail(node.source(), "unknown key \"" + full(std::string(key.str())) + "\"");
            }
        }
        return failed_;
    }

private:
    std::string full(const std::string& key) const {
        return name_.empty() ? key : name_ + "." + key;
    }
    void fail(const toml::source_region& where, const std::string& what) {
        if (!failed_) failed_ = refuse(file_, where, what);
    }
    const std::filesystem::path& file_;
    const toml::table& table_;
    std::string name_;
    std::set<std::string> known_;
    std::optional<Refusal> failed_;
};

const toml::table& table_or_empty(const toml::table& root, const char* key) {
    static const toml::table empty;
    const toml::table* table = root[key].as_table();
    return table != nullptr ? *table : empty;
}

std::optional<Refusal> read_peers(const std::filesystem::path& file,
                                  const toml::table& peer,
                                  Config& config) {
    const toml::array* peers = peer["peers"].as_array();
    if (peers == nullptr) return refuse(file, peer.source(), "the array \"peer.peers\" is missing");
    for (const toml::node& node : *peers) {
        const toml::table* entry = node.as_table();
        if (entry == nullptr) {
            return refuse(file, node.source(), "each of \"peer.peers\" must be a table");
        }
        Section section(file, *entry, "peer.peers");
        PeerAddress address{section.text("institution", true), section.address("address")};
        if (auto failed = section.finish()) return failed;
        config.peers.push_back(std::move(address));
    }
    return std::nullopt;
}

}  // namespace

Checked<HostPort> parse_host_port(std::string_view text) {
    const auto bad = [&] {
        return Refusal{"address-invalid",
                       "\"" + std::string(text) + "\" is not an address like 127.0.0.1:8501", "",
                       ""};
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return bad();
    HostPort result;
    std::string_view host = text.substr(0, colon);
    if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    const std::string_view port = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
    if (error != std::errc() || end != port.data() + port.size() || host.empty()) return bad();
    result.host = std::string(host);
    return result;
}

Checked<Config> load_config(const std::filesystem::path& file) {
    const auto text = read_file(file, config_bytes);
    if (!text) {
        return Refusal{"config-unreadable", "cannot read the configuration " + file.string(), "",
                       "give its path with --config; consentree net new writes one for each node"};
    }
    toml::table root;
    try {
        root = toml::parse(*text, file.string());
    } catch (const toml::parse_error& error) {
        return refuse(file, error.source(), std::string(error.description()));
    }
    Config config;
    Section top(file, root, "");
    const auto folder = std::filesystem::absolute(file).parent_path();
    config.data_dir = folder / top.text("data_dir", true);
    config.genesis = folder / top.text("genesis", true);
    config.key = folder / top.text("key", true);
    for (const char* table : {"api", "peer", "log"}) top.allow(table);
    if (auto failed = top.finish()) return *failed;

    Section api(file, table_or_empty(root, "api"), "api");
    config.api = api.address("listen");
    if (auto failed = api.finish()) return *failed;

    const toml::table& peer_table = table_or_empty(root, "peer");
    Section peer(file, peer_table, "peer");
    config.peer = peer.address("listen");
    peer.allow("peers");
    if (auto failed = peer.finish()) return *failed;
    if (auto failed = read_peers(file, peer_table, config)) return *failed;

    const toml::table& log_table = table_or_empty(root, "log");
    Section log(file, log_table, "log");
    config.log_format = log.text("format", false);
    if (const std::string level = log.text("level", false); !level.empty())
        config.log_level = level;
    if (auto failed = log.finish()) return *failed;
    static const std::set<std::string> formats{"", "text", "json"};
    static const std::set<std::string> levels{"debug", "info", "warn", "error"};
    if (!formats.contains(config.log_format)) {
        return refuse(file, log_table.source(), "\"log.format\" must be \"text\" or \"json\"");
    }
    if (!levels.contains(config.log_level)) {
        return refuse(file, log_table.source(),
                      "\"log.level\" must be \"debug\", \"info\", \"warn\" or \"error\"");
    }
    return config;
}

}  // namespace consentree::node
