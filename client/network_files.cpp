#include "client/network_files.h"

#include "client/record.h"
#include "common/files.h"
#include "common/hash.h"
#include "common/keys.h"
#include "common/limits.h"
#include "common/time.h"
#include "ledger/genesis.h"
#include "ledger/policy.h"

#include <nlohmann/json.hpp>

#include <set>

namespace consentree::client {

namespace {

namespace fs = std::filesystem;

Failure refuse(const std::string& what, const std::string& hint) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "invalid-network";
    failure.what = what;
    failure.hint = hint;
    return failure;
}

Failure not_written(const fs::path& path) {
    Failure failure;
    failure.kind = FailureKind::conflict;
    failure.code = "file-not-written";
    failure.what = "cannot write " + path.string();
    failure.why = "it exists already, or its folder cannot be written";
    failure.hint = "Choose another folder with --dir; nothing that exists is overwritten.";
    return failure;
}

bool is_id(const std::string& text) {
    return !text.empty() && text.size() <= 64 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

std::optional<Failure> check(const NewNetwork& network) {
    if (!is_id(network.name)) {
        return refuse("\"" + network.name + "\" cannot be the name of a network",
                      "Use lower-case letters, digits and \"-\", at most 64.");
    }
    const std::size_t count = network.institutions.size();
    if (count < limits::validators_min || count > limits::validators_max) {
        return refuse("a network has 4 to 31 institutions, not " + std::to_string(count),
                      "Tolerating one faulty institution takes four: --institutions a,b,c,d");
    }
    std::set<std::string> seen;
    for (const auto& institution : network.institutions) {
        if (!is_id(institution.id)) {
            return refuse("\"" + institution.id + "\" cannot be the id of an institution",
                          "Use lower-case letters, digits and \"-\", at most 64.");
        }
        if (!seen.insert(institution.id).second) {
            return refuse("the institution \"" + institution.id + "\" is named twice", "");
        }
    }
    const std::size_t last = count - 1;
    if (network.api_port == 0 || network.peer_port == 0 || network.api_port + last > 65535 ||
        network.peer_port + last > 65535) {
        return refuse("the ports do not fit", "Choose a lower --base-port.");
    }
    const auto [low, high] = std::minmax(network.api_port, network.peer_port);
    if (high - low < static_cast<int>(count)) {
        return refuse("the API's ports and the peers' overlap", "Choose --peer-base-port.");
    }
    return std::nullopt;
}

std::string display_name(const NewNetwork::Institution& institution) {
    if (!institution.name.empty()) return institution.name;
    std::string name = institution.id;
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
    return name;
}

constexpr std::string_view notice_text =
    "Notice to people whose data is shared under this agreement (an example to start from).\n\n"
    "Your institution passes the data that you chose to the recipient that you chose, for the\n"
    "purpose that you chose, until the day that you chose. Every use is recorded. You can end it\n"
    "at any time, as easily as you gave it, where you gave it.\n";

std::string agreement_text(const NewNetwork& network) {
    using Json = nlohmann::ordered_json;
    const std::string provider = network.institutions.front().id;
    const std::string site = "https://" + provider + ".example/";
    Json record;
    record["issuer"] = provider;
    record["provider"] = provider;
    record["legal_basis"] = "consent";
    record["actions"] = {"view", "store"};
    record["fetch"] = {
        {"kind", "periodic"}, {"count", 100}, {"unit", "day"}, {"window", "sliding"}};
    record["retention"] = {{"unit", "month"}, {"value", 12}, {"basis", "from_delivery"}};
    record["storage_places"] = {"NL"};
    record["jurisdiction"] = {"NL"};
    record["notice"] = {{"uri", site + "notice"},
                        {"version", "1"},
                        {"sha256", to_hex(sha256(as_bytes(notice_text)).view())},
                        {"language", "en"}};
    record["expression"] = {{"type", "explicit"}, {"method", "signed-form"}};
    record["withdrawal_uri"] = site + "withdraw";
    Json agreement;
    agreement["schema"] = "consentree/agreement/1";
    agreement["id"] = network.name + "-agreement-1";
    agreement["title"] = "Example agreement of " + network.name + ": replace it by your own";
    agreement["record"] = record;
    return agreement.dump(2) + "\n";
}

std::string node_toml(const NetworkFiles& files, std::size_t self) {
    std::string text =
        "# One node's settings; paths are taken from this file's folder.\n"
        "data_dir = \"data\"\n"
        "genesis = \"../genesis.json\"\n"
        "key = \"validator.key\"\n\n"
        "[api]\nlisten = \"" +
        files.nodes[self].api + "\"\n\n[peer]\nlisten = \"" + files.nodes[self].peer +
        "\"\npeers = [\n";
    for (std::size_t i = 0; i < files.nodes.size(); ++i) {
        if (i == self) continue;
        text += "  { institution = \"" + files.nodes[i].institution + "\", address = \"" +
                files.nodes[i].peer + "\" },\n";
    }
    return text + "]\n";
}

// Makes keys in memory and on disk, and the genesis that names them.
class Maker {
public:
    explicit Maker(const NewNetwork& network)
        : network_(network), folder_(fs::absolute(network.folder).lexically_normal()) {
        genesis_.name = network.name;
        genesis_.origin = "consentree.example/" + network.name;
        genesis_.time_us = static_cast<TimeUs>(wall_clock()) * 1000;
        files_.genesis = folder_ / "genesis.json";
        files_.trust = folder_ / "trust.policy";
        files_.agreement = folder_ / "agreement.json";
        files_.partner_key = folder_ / "partner.key";
        files_.officer_key = folder_ / "officer.key";
    }

    Outcome<NetworkFiles> make() {
        std::error_code error;
        fs::create_directories(folder_, error);
        if (fs::exists(files_.genesis, error)) return not_written(files_.genesis);
        for (std::size_t i = 0; i < network_.institutions.size(); ++i) {
            if (auto failure = add_institution(i)) return *failure;
        }
        if (auto failure = add_key(files_.officer_key, 2, ledger::Role::audit)) return *failure;
        for (std::size_t i = 0; i < files_.nodes.size(); ++i) {
            if (auto failure = write(files_.nodes[i].config, node_toml(files_, i))) return *failure;
        }
        if (auto failure = write(folder_ / "notice.txt", notice_text)) return *failure;
        if (auto failure = write(files_.agreement, agreement_text(network_))) return *failure;
        const std::string genesis = ledger::format_genesis(genesis_);
        genesis_.network = sha256(as_bytes(genesis));
        files_.network = to_hex(genesis_.network.view());
        const std::string policy = ledger::format_policy(genesis_);
        if (auto failure = write(files_.trust, policy)) return *failure;
        // Last: a folder without it holds no network.
        if (auto failure = write(files_.genesis, genesis)) return *failure;
        const auto parsed = ledger::parse_policy(policy);
        if (parsed) files_.quorum = ledger::cosignatures_needed(*parsed);
        return std::move(files_);
    }

private:
    std::optional<Failure> write(const fs::path& path, std::string_view text) {
        if (!write_new_file(path, text)) return not_written(path);
        return std::nullopt;
    }

    std::optional<Failure> add_key(const fs::path& path,
                                   std::size_t institution,
                                   std::uint8_t roles) {
        const SecretKey key = SecretKey::generate();
        if (!key.save(path)) return not_written(path);
        genesis_.keys.push_back({network_.institutions[institution].id, key.public_key(), roles});
        return std::nullopt;
    }

    std::optional<Failure> add_institution(std::size_t index) {
        const auto& institution = network_.institutions[index];
        const fs::path own = folder_ / institution.id;
        std::error_code error;
        fs::create_directories(own, error);
        if (error) return not_written(own);
        const SecretKey seed = SecretKey::generate();
        if (!seed.save(own / "validator.key")) return not_written(own / "validator.key");
        const ValidatorKeys keys = ValidatorKeys::from(seed);
        genesis_.validators.push_back({institution.id, keys.identity.public_key(),
                                       keys.vote.public_key(), keys.cosignature.public_key(),
                                       keys.log.public_key()});
        genesis_.institutions.push_back({institution.id, display_name(institution)});
        NetworkFiles::Node node;
        node.institution = institution.id;
        node.name = display_name(institution);
        node.api = "127.0.0.1:" + std::to_string(network_.api_port + index);
        node.peer = "127.0.0.1:" + std::to_string(network_.peer_port + index);
        node.config = own / "node.toml";
        node.partner_key = index == 0 ? files_.partner_key : own / "partner.key";
        node.admin_key = own / "admin.key";
        if (auto failure = add_key(node.partner_key, index, ledger::Role::submit)) return failure;
        if (auto failure = add_key(node.admin_key, index, ledger::Role::admin)) return failure;
        files_.nodes.push_back(std::move(node));
        return std::nullopt;
    }

    const NewNetwork& network_;
    fs::path folder_;
    ledger::Genesis genesis_;
    NetworkFiles files_;
};

}  // namespace

Outcome<NetworkFiles> make_network(const NewNetwork& network) {
    if (auto failure = check(network)) return *failure;
    init_crypto();
    return Maker(network).make();
}

}  // namespace consentree::client
