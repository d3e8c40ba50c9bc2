// Opening a node: files, keys, store and vote guard, each refused with what to do about it.

#include "common/files.h"
#include "common/hash.h"
#include "ledger/self_check.h"
#include "node/fatal.h"
#include "node/node.h"
#include "node/node_parts.h"

namespace consentree::node {

namespace {

constexpr std::size_t genesis_bytes_max = 1024 * 1024;

Checked<ValidatorIndex> find_self(const ledger::Genesis& genesis,
                                  const ValidatorKeys& keys,
                                  const Config& config) {
    for (std::size_t index = 0; index < genesis.validators.size(); ++index) {
        const ledger::ValidatorEntry& entry = genesis.validators[index];
        if (entry.identity != keys.identity.public_key()) continue;
        return static_cast<ValidatorIndex>(index);
    }
    return Refusal{"not-a-validator",
                   "the key " + config.key.string() + " (" +
                       fingerprint(keys.identity.public_key()) +
                       ") is none of the validators of network " + genesis.name,
                   "", "check that key and genesis belong together"};
}

Checked<std::vector<std::optional<PeerPool::Address>>> addresses_of(const ledger::Genesis& genesis,
                                                                    const Config& config) {
    std::vector<std::optional<PeerPool::Address>> addresses(genesis.validators.size());
    for (const PeerAddress& peer : config.peers) {
        bool known = false;
        for (std::size_t index = 0; index < genesis.validators.size(); ++index) {
            if (genesis.validators[index].institution != peer.institution) continue;
            addresses[index] = PeerPool::Address{peer.address.host, peer.address.port};
            known = true;
        }
        if (!known) {
            return Refusal{
                "config-invalid",
                "the peer \"" + peer.institution + "\" is no validator of network " + genesis.name,
                "", "correct peer.peers in the configuration"};
        }
    }
    return addresses;
}

// An empty store takes the genesis; any other must have been made for it.
Checked<ledger::Tip> tip_of(storage::Store& store,
                            const ledger::Genesis& genesis,
                            const std::string& genesis_json) {
    const auto snapshot = store.snapshot();
    const auto stored = snapshot->get(ledger::Table::meta, as_bytes("genesis"));
    if (!stored) {
        if (!store.write(ledger::genesis_writes(genesis, genesis_json))) {
            return Refusal{"disk-failed", "the data folder refused the first write", "",
                           "check free space and permissions"};
        }
    } else if (as_text(*stored) != genesis_json) {
        return Refusal{
            "wrong-network",
            "the data folder belongs to network " + to_hex(sha256(*stored).view()).substr(0, 16) +
                ", the genesis file is of network " + to_hex(genesis.network.view()).substr(0, 16),
            "", "use the genesis file that the data was made with, or another folder"};
    }
    auto tip = ledger::load_tip(*store.snapshot());
    if (!tip) {
        return Refusal{"store-damaged", "the data folder has no readable tip", "",
                       "restore this node from its peers: docs/operations.md, \"Restore\""};
    }
    if (const auto damage = ledger::find_damage(*store.snapshot(), *tip)) {
        stop_process(*damage + ": the store is damaged");
    }
    return std::move(*tip);
}

}  // namespace

Checked<Node::Parts> Node::prepare(const Config& config) {
    auto json = read_file(config.genesis, genesis_bytes_max);
    if (!json) {
        return Refusal{"genesis-unreadable", "cannot read " + config.genesis.string(), "",
                       "correct \"genesis\" in the configuration"};
    }
    auto genesis = ledger::parse_genesis(*json);
    if (!genesis) return genesis.error();
    auto seed = SecretKey::load(config.key);
    if (!seed) return seed.error();
    ValidatorKeys keys = ValidatorKeys::from(*seed);
    auto self = find_self(*genesis, keys, config);
    if (!self) return self.error();
    auto addresses = addresses_of(*genesis, config);
    if (!addresses) return addresses.error();

    std::error_code error;
    std::filesystem::create_directories(config.data_dir, error);
    if (!error) {
        std::filesystem::permissions(config.data_dir, std::filesystem::perms::owner_all, error);
    }
    if (error) {
        return Refusal{"data-folder",
                       "cannot make " + config.data_dir.string() + ": " + error.message(), "",
                       "check the path and its permissions"};
    }
    auto store = storage::open_rocks_store(config.data_dir / "ledger");
    if (!store) return store.error();
    auto tip = tip_of(**store, *genesis, *json);
    if (!tip) return tip.error();
    SecretKey vote_key = seed->derive(2);
    auto guard = storage::VoteGuard::open(config.data_dir / "vote.guard", genesis->network,
                                          std::move(vote_key), tip->height, tip->view);
    if (!guard) return guard.error();

    consensus::ValidatorSet set{genesis->network, 1, {}};
    for (const ledger::ValidatorEntry& entry : genesis->validators) {
        set.vote_keys.push_back(entry.vote);
    }
    return Parts{config,          std::move(*json),     std::move(*genesis), *self,
                 std::move(keys), std::move(set),       std::move(*store),   std::move(*guard),
                 std::move(*tip), std::move(*addresses)};
}

Checked<std::unique_ptr<Node>> Node::open(const Config& config) {
    auto parts = prepare(config);
    if (!parts) return parts.error();
    return std::unique_ptr<Node>(new Node(std::move(*parts)));
}

}  // namespace consentree::node
