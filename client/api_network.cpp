// The JSON of what describes the log, the network and the node.
#include "client/api.h"
#include "client/api_json.h"

namespace consentree::client::api {

namespace {}  // namespace

std::string format(const Checkpoint& checkpoint) {
    Json out;
    out["height"] = checkpoint.height;
    out["tree_size"] = checkpoint.tree_size;
    out["root"] = checkpoint.root;
    out["note"] = checkpoint.note;
    return dump(out);
}

Result<Checkpoint> parse_checkpoint(std::string_view json) {
    return parse_answer<Checkpoint>(json, [](MemberReader& reader) {
        Checkpoint checkpoint;
        checkpoint.height = reader.number("height");
        checkpoint.tree_size = reader.number("tree_size");
        checkpoint.root = reader.text("root");
        checkpoint.note = reader.text("note");
        return checkpoint;
    });
}

std::string format(const Consistency& consistency) {
    Json out;
    out["from"] = consistency.from;
    out["to"] = consistency.to;
    out["proof"] = consistency.proof;
    return dump(out);
}

Result<Consistency> parse_consistency(std::string_view json) {
    return parse_answer<Consistency>(json, [](MemberReader& reader) {
        Consistency consistency;
        consistency.from = reader.number("from");
        consistency.to = reader.number("to");
        consistency.proof = reader.texts("proof", true);
        return consistency;
    });
}

std::string format(const Block& block) {
    Json batches = Json::array();
    for (const Block::Batch& batch : block.batches) {
        batches.push_back({{"lane", batch.lane}, {"seq", batch.seq}, {"digest", batch.digest}});
    }
    Json out;
    out["height"] = block.height;
    out["view"] = block.view;
    out["id"] = block.id;
    out["time"] = block.time;
    out["time_us"] = block.time_us;
    out["batches"] = std::move(batches);
    return dump(out);
}

Result<Block> parse_block(std::string_view json) {
    return parse_answer<Block>(json, [](MemberReader& reader) {
        Block block;
        block.height = reader.number("height");
        block.view = reader.number("view");
        block.id = reader.text("id");
        block.time = reader.text("time");
        block.time_us = reader.number("time_us");
        block.batches = parse_items<Block::Batch>(reader, "batches", [](MemberReader& item) {
            Block::Batch batch;
            batch.lane = static_cast<std::uint16_t>(item.number_up_to("lane", UINT16_MAX));
            batch.seq = item.number("seq");
            batch.digest = item.text("digest");
            return batch;
        });
        return block;
    });
}

std::string format(const Network& network) {
    Json out;
    out["network"] = network.network;
    out["name"] = network.name;
    out["origin"] = network.origin;
    out["validators"] = network.validators;
    out["quorum"] = network.quorum;
    out["genesis"] = network.genesis;
    out["trust"] = network.trust;
    return dump(out);
}

Result<Network> parse_network(std::string_view json) {
    return parse_answer<Network>(json, [](MemberReader& reader) {
        Network network;
        network.network = reader.text("network");
        network.name = reader.text("name");
        network.origin = reader.text("origin");
        network.validators = reader.number("validators");
        network.quorum = reader.number("quorum");
        network.genesis = reader.text("genesis");
        network.trust = reader.text("trust");
        return network;
    });
}

std::string format(const Status& status) {
    Json peers = Json::array();
    for (const Status::Peer& peer : status.peers) {
        peers.push_back({{"institution", peer.institution},
                         {"connected", peer.connected},
                         {"height", peer.height},
                         {"last_seen", or_null(peer.last_seen)}});
    }
    Json out;
    out["institution"] = status.institution;
    out["network"] = status.network;
    out["network_name"] = status.network_name;
    out["version"] = status.version;
    out["validator"] = status.validator;
    out["ready"] = status.ready;
    out["height"] = status.height;
    out["block_time"] = or_null(status.block_time);
    out["tree_size"] = status.tree_size;
    out["certified_tree_size"] = status.certified_tree_size;
    out["root"] = status.root;
    out["view"] = status.view;
    out["leader"] = status.leader;
    out["catching_up"] = status.catching_up;
    out["may_vote"] = status.may_vote;
    out["condition"] = or_null(status.condition);
    out["pending_transactions"] = status.pending_transactions;
    out["unordered_batches"] = status.unordered_batches;
    out["disk_bytes"] = status.disk_bytes;
    out["validators"] = status.validators;
    out["quorum"] = status.quorum;
    out["connected"] = status.connected;
    out["peers"] = std::move(peers);
    return dump(out);
}

Result<Status> parse_status(std::string_view json) {
    return parse_answer<Status>(json, [](MemberReader& reader) {
        Status status;
        status.institution = reader.text("institution");
        status.network = reader.text("network");
        status.network_name = reader.text("network_name");
        status.version = reader.text("version");
        status.validator = static_cast<std::uint16_t>(reader.number_up_to("validator", UINT16_MAX));
        status.ready = reader.boolean("ready", false);
        status.height = reader.number("height");
        status.block_time = reader.optional_text("block_time");
        status.tree_size = reader.number("tree_size");
        status.certified_tree_size = reader.number("certified_tree_size");
        status.root = reader.text("root");
        status.view = reader.number("view");
        status.leader = reader.text("leader");
        status.catching_up = reader.boolean("catching_up", false);
        status.may_vote = reader.boolean("may_vote", false);
        status.condition = reader.optional_text("condition");
        status.pending_transactions = reader.number("pending_transactions");
        status.unordered_batches = reader.number("unordered_batches");
        status.disk_bytes = reader.number("disk_bytes");
        status.validators = reader.number("validators");
        status.quorum = reader.number("quorum");
        status.connected = reader.number("connected");
        status.peers = parse_items<Status::Peer>(reader, "peers", [](MemberReader& item) {
            Status::Peer peer;
            peer.institution = item.text("institution");
            peer.connected = item.boolean("connected", false);
            peer.height = item.number("height");
            peer.last_seen = item.optional_text("last_seen");
            return peer;
        });
        return status;
    });
}

}  // namespace consentree::client::api
