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

    // Stays as it is if the key is absent.
    template <class Number>
    void number(const char* key, Number& value, std::uint64_t least, std::uint64_t most) {
        known_.insert(key);
        const toml::node* node = table_.get(key);
        if (node == nullptr) return;
        const auto given = node->value_exact<std::int64_t>();
        if (given && *given >= 0 && static_cast<std::uint64_t>(*given) >= least &&
            static_cast<std::uint64_t>(*given) <= most) {
            value = static_cast<Number>(*given);
            return;
        }
        fail(node->source(), "\"" + full(key) + "\" must be a whole number from " +
                                 std::to_string(least) + " to " + std::to_string(most));
    }

    void truth(const char* key, bool& value) {
        known_.insert(key);
        const toml::node* node = table_.get(key);
        if (node == nullptr) return;
        if (const auto given = node->value_exact<bool>()) {
            value = *given;
            return;
        }
        fail(node->source(), "\"" + full(key) + "\" must be true or false");
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

std::optional<Refusal> read_callers(const std::filesystem::path& file,
                                    const toml::table& api,
                                    Config& config) {
    const toml::node* list = api.get("callers");
    if (list == nullptr) return std::nullopt;
    if (!list->is_array()) return refuse(file, list->source(), "\"api.callers\" must be an array");
    for (const toml::node& node : *list->as_array()) {
        const toml::table* entry = node.as_table();
        if (entry == nullptr) {
            return refuse(file, node.source(), "each of \"api.callers\" must be a table");
        }
        Section section(file, *entry, "api.callers");
        const std::string name = section.text("name", true);
        const std::string role = section.text("role", true);
        const auto token = fixed_from_hex<Hash>(section.text("token_sha256", true));
        if (auto failed = section.finish()) return failed;
        if (role != "client" && role != "monitor") {
            return refuse(file, node.source(),
                          "\"api.callers.role\" must be \"client\" or \"monitor\"");
        }
        if (!token) {
            return refuse(file, node.source(),
                          "\"api.callers.token_sha256\" must be the SHA-256 of the token in "
                          "lower-case hexadecimal");
        }
        for (const ApiCaller& other : config.api_callers) {
            if (other.token == *token) {
                return refuse(file, node.source(),
                              "\"api.callers\" has the token of \"" + other.name + "\" twice");
            }
        }
        config.api_callers.push_back(
            {name, role == "client" ? CallerRole::client : CallerRole::monitor, *token});
    }
    return std::nullopt;
}

std::optional<Refusal> read_api(const std::filesystem::path& file,
                                const toml::table& api,
                                Config& config) {
    Section section(file, api, "api");
    config.api = section.address("listen");
    const std::string certificate = section.text("certificate", false);
    const std::string key = section.text("private_key", false);
    section.allow("callers");
    if (auto failed = section.finish()) return failed;
    if (certificate.empty() != key.empty()) {
        return refuse(file, api.source(),
                      "\"api.certificate\" and \"api.private_key\" go together");
    }
    const auto folder = std::filesystem::absolute(file).parent_path();
    if (!certificate.empty()) {
        config.api_certificate = folder / certificate;
        config.api_private_key = folder / key;
    }
    return read_callers(file, api, config);
}

std::optional<Refusal> read_watch(const std::filesystem::path& file,
                                  const toml::table& table,
                                  ledger::watch::Settings& watch) {
    constexpr std::uint64_t year_hours = 366 * 24;
    Section section(file, table, "watch");
    section.truth("enabled", watch.enabled);
    section.number("near_cap_percent", watch.near_cap_percent, 1, 100);
    section.number("confirm_hours", watch.confirm_hours, 1, year_hours);
    section.number("deletion_hours", watch.deletion_hours, 0, year_hours);
    section.number("volume_history_hours", watch.volume_history_hours, 1, 336);
    section.number("volume_floor", watch.volume_floor, 1, 4'000'000);
    section.number("volume_spreads", watch.volume_spreads, 1, 100);
    section.number("open_days", watch.open_days, 1, 3660);
    section.number("read_back", watch.read_back, 0, 100'000'000);
    return section.finish();
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
    for (const char* table : {"api", "peer", "log", "watch"}) top.allow(table);
    if (auto failed = top.finish()) return *failed;

    if (auto failed = read_api(file, table_or_empty(root, "api"), config)) return *failed;

    const toml::table& peer_table = table_or_empty(root, "peer");
    Section peer(file, peer_table, "peer");
    config.peer = peer.address("listen");
    peer.allow("peers");
    if (auto failed = peer.finish()) return *failed;
    if (auto failed = read_peers(file, peer_table, config)) return *failed;

    if (auto failed = read_watch(file, table_or_empty(root, "watch"), config.watch)) return *failed;

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
