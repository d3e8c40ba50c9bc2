// What one node is told by its TOML file. Every field is checked; nothing consensus-critical is
// in it: that is the genesis file's.
#pragma once

#include "common/error.h"
#include "ledger/watch/settings.h"
#include "node/api_callers.h"

#include <filesystem>
#include <string>
#include <vector>

namespace consentree::node {

struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};
struct PeerAddress {
    std::string institution;
    HostPort address;
};

struct Config {
    std::filesystem::path data_dir;
    std::filesystem::path genesis;
    std::filesystem::path key;  // The validator's seed, PKCS#8 PEM.
    HostPort api;
    std::filesystem::path api_certificate, api_private_key;  // Both or neither.
    std::vector<ApiCaller> api_callers;
    HostPort peer;
    std::vector<PeerAddress> peers;
    std::string log_format;  // "text", "json", or empty: text on a terminal.
    std::string log_level = "info";
    ledger::watch::Settings watch;
};

// Relative paths are taken from the file's folder. A refusal names file, line and what to write.
Checked<Config> load_config(const std::filesystem::path& file);
// "127.0.0.1:8501" or "[::1]:8501".
Checked<HostPort> parse_host_port(std::string_view text);

}  // namespace consentree::node
