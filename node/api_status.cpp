// How the node is: for people, for supervisors and for Prometheus.
#include "client/api_json.h"
#include "client/api_reports.h"
#include "common/time.h"
#include "consensus/validator_set.h"
#include "node/api_handlers.h"
#include "node/clock.h"
#include "node/openapi.h"
#include "node/problem.h"
#include "node/version.h"

#include <algorithm>

namespace consentree::node {

namespace {

// A loop that says nothing for so long is not alive; it speaks every second.
constexpr std::int64_t loop_silence_ms = 10'000;

std::size_t quorum_of(const ledger::Genesis& genesis) {
    consensus::ValidatorSet set;
    set.vote_keys.resize(genesis.validators.size());
    return set.quorum();
}

std::size_t connected_of(const NodeStatus& status) {
    const auto peers = std::count_if(status.peers.begin(), status.peers.end(),
                                     [](const PeerStatus& peer) { return peer.connected; });
    return static_cast<std::size_t>(peers) + 1;
}

struct Check {
    std::string name;
    bool is_ok;
    std::string reason;
};

std::vector<Check> readiness(const ApiCall& call, const NodeStatus& status) {
    const std::size_t connected = connected_of(status);
    const std::size_t quorum = quorum_of(call.service.facade.genesis());
    return {
        // The process ends at the first storage error: what is left to see is a missing snapshot.
        {"storage", call.view->reader != nullptr, "there is no snapshot of the tables"},
        {"caught-up", !status.catching_up, "blocks are being fetched from peers"},
        {"quorum", connected >= quorum,
         std::to_string(connected) + " of " + std::to_string(quorum) +
             " validators needed are connected"},
        {"vote-guard", status.may_vote,
         "the vote guard forbids votes until the rejoin rule is met"},
    };
}

client::api::Json json_of(const ProblemKind& kind) {
    client::api::Json out;
    out["type"] = "/problems/" + std::string(kind.name);
    out["code"] = kind.code;
    out["status"] = kind.status;
    out["title"] = kind.title;
    out["hint"] = kind.hint;
    return out;
}

}  // namespace

ApiReply answer_status(const ApiCall& call) {
    const NodeStatus status = call.service.facade.status();
    const ledger::Genesis& genesis = call.service.facade.genesis();
    api::Status answer;
    answer.institution = status.institution;
    answer.network = to_hex(genesis.network.view());
    answer.network_name = genesis.name;
    answer.version = version();
    answer.validator = status.self;
    answer.height = status.height;
    if (status.block_time_us != 0) {
        answer.block_time = format_time(static_cast<TimeMs>(status.block_time_us / 1000));
    }
    answer.tree_size = status.tree_size;
    answer.certified_tree_size = status.certified_tree_size;
    answer.root = to_hex(status.root.view());
    answer.view = status.view;
    answer.leader = status.leader;
    answer.catching_up = status.catching_up;
    answer.may_vote = status.may_vote;
    answer.condition = status.condition;
    answer.pending_transactions = status.pending_transactions;
    answer.unordered_batches = status.unordered_batches;
    answer.disk_bytes = status.disk_bytes;
    answer.validators = genesis.validators.size();
    answer.quorum = quorum_of(genesis);
    answer.connected = connected_of(status);
    const std::vector<Check> checks = readiness(call, status);
    answer.ready =
        std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.is_ok; });
    for (const PeerStatus& peer : status.peers) {
        answer.peers.push_back({peer.institution, peer.connected, peer.height,
                                peer.last_seen_ms == 0 ? "" : format_time(peer.last_seen_ms)});
    }
    return json_reply(api::format(answer));
}

ApiReply answer_livez(const ApiCall& call) {
    if (wall_ms() - call.service.facade.status().now_ms <= loop_silence_ms) {
        return text_reply(call.has("verbose") ? "[+]loop ok\nok\n" : "ok\n");
    }
    ApiReply reply = text_reply("[-]loop failed: it has not turned for 10 s\nnot alive\n");
    reply.status = 503;
    return reply;
}

ApiReply answer_readyz(const ApiCall& call) {
    const NodeStatus status = call.service.facade.status();
    const bool is_verbose = call.has("verbose");
    bool is_ready = true;
    std::string lines;
    for (const Check& check : readiness(call, status)) {
        is_ready = is_ready && check.is_ok;
        if (check.is_ok && is_verbose) lines += "[+]" + check.name + " ok\n";
        if (!check.is_ok) lines += "[-]" + check.name + " failed: " + check.reason + "\n";
    }
    ApiReply reply = text_reply(lines + (is_ready ? "ready\n" : "not ready\n"));
    if (!is_ready) {
        reply.status = 503;
        reply.headers = {{"Retry-After", "1"}};
    }
    return reply;
}

ApiReply answer_metrics(const ApiCall& call) {
    ApiReply reply = text_reply(call.service.metrics.scrape(call.service.facade.status()));
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return reply;
}

ApiReply answer_version(const ApiCall&) {
    client::api::Json out;
    out["version"] = version();
    out["api"] = "v1";
    return json_reply(out.dump());
}

ApiReply answer_openapi(const ApiCall&) {
    return json_reply(openapi_document());
}

ApiReply answer_reports(const ApiCall&) {
    return json_reply(client::api::format_reports());
}

ApiReply answer_problems(const ApiCall&) {
    client::api::Json items = client::api::Json::array();
    for (const ProblemKind& kind : problem_kinds()) items.push_back(json_of(kind));
    client::api::Json out;
    out["items"] = std::move(items);
    return json_reply(out.dump());
}

ApiReply answer_problem(const ApiCall& call) {
    const ProblemKind* kind = find_problem_kind(call.captures.at(0));
    if (kind == nullptr) {
        return problem_reply(call.request,
                             Refusal{"problem-unknown", "no problem has this name", "", ""});
    }
    return json_reply(json_of(*kind).dump());
}

}  // namespace consentree::node
