#include "client/api_alerts.h"
#include "client/cli/commands.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/cli/session.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string state_of(const api::Status& status, const api::Status::Peer& peer) {
    if (!peer.connected) return "down";
    return peer.height + 2 < status.height ? "behind" : "in sync";
}

bool is_degraded(const api::Status& status) {
    return !status.ready || !status.may_vote || status.catching_up || !status.condition.empty() ||
           status.connected < status.validators;
}

void print_table(const Globals& globals, const api::Status& status) {
    const std::size_t faulty = status.validators == 0 ? 0 : (status.validators - 1) / 3;
    print("Network " + printable(status.network_name) + "   height " + grouped(status.height) +
          "   last block " + (status.block_time.empty() ? "none yet" : status.block_time) +
          "   tolerates " + std::to_string(faulty) + " of " + std::to_string(status.validators) +
          " faulty");
    TextTable table({"INSTITUTION", "STATE", "HEIGHT", "LAST HEARD"});
    table.row({status.institution + " *", status.catching_up ? "catching up" : "in sync",
               grouped(status.height), "now"});
    for (const auto& peer : status.peers) {
        table.row({peer.institution, state_of(status, peer),
                   peer.height == 0 && !peer.connected ? "" : grouped(peer.height),
                   peer.connected ? "now" : peer.last_seen});
    }
    table.print();
    if (!status.condition.empty()) warn(globals, status.condition);
    if (status.connected < status.quorum) {
        warn(globals, std::to_string(status.quorum) + " institutions are needed to go on and " +
                          std::to_string(status.connected) +
                          " answer: nothing is committed until another returns");
    }
}

// The open alerts of this node, the newest first; nothing if it has none to tell, or not to this
// caller.
std::optional<api::AlertPage> open_alerts(Client& client) {
    const auto answer = client.get("/v1/alerts?open&limit=3");
    if (!answer) return std::nullopt;
    auto alerts = api::parse_alerts(answer->json);
    return alerts ? std::optional(std::move(*alerts)) : std::nullopt;
}

void print_alerts(const std::optional<api::AlertPage>& alerts) {
    if (!alerts || alerts->open == 0) return;
    print("Alerts  " + grouped(alerts->open) +
          " open, as this node says; all: consentree watch --alerts --after start");
    for (const api::Alert& alert : alerts->page.items) {
        print("  " + printable(alert.severity + "  " + alert.since + "  " + alert.sentence));
    }
}

int status(const Globals& globals) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    auto answer = session->client.status();
    if (!answer) return fail(globals, answer.error());
    const auto status = api::parse_status(answer->json);
    if (!status) {
        Failure failure;
        failure.code = "node-answer-invalid";
        failure.what = "the node's answer is not its status";
        return fail(globals, failure);
    }
    std::optional<Outcome<CheckpointInfo>> checkpoint;
    if (!session->context.trust.empty()) checkpoint = session->client.checkpoint();
    const auto alerts = open_alerts(session->client);
    if (globals.output == OutputForm::json) {
        Json json = Json::parse(answer->json);
        if (alerts) {
            const Json page = Json::parse(api::format(*alerts));
            json["alerts"] = {{"open", page["open"]}, {"newest", page["items"]}};
        }
        if (checkpoint && *checkpoint) {
            json["checkpoint"] = {{"verified", true},
                                  {"tree_size", (*checkpoint)->verification.tree_size},
                                  {"root", (*checkpoint)->root},
                                  {"as_of", (*checkpoint)->verification.as_of},
                                  {"signers", (*checkpoint)->verification.signers}};
        }
        print(json.dump(2));
    } else {
        print_table(globals, *status);
        print_alerts(alerts);
    }
    if (checkpoint && !*checkpoint) {
        const Failure& failure = checkpoint->error();
        if (failure.kind != FailureKind::unreachable) return fail(globals, failure);
        warn(globals, "no checkpoint yet: " + failure.what);
    } else if (checkpoint) {
        const auto& verified = (*checkpoint)->verification;
        say_done(globals, "checkpoint verified: " + grouped(verified.tree_size) +
                              " entries, signed by " + joined(verified.signers) + "; as of " +
                              verified.as_of);
    }
    return is_degraded(*status) ? exit_code::degraded : exit_code::done;
}

}  // namespace

void add_status_command(CLI::App& app, Globals& globals) {
    CLI::App* command = app.add_subcommand("status", "Who is up, at which height");
    examples(command, "consentree status", "consentree status --url http://127.0.0.1:8502 -o json");
    on_run(command, globals, [&globals] { return status(globals); });
}

}  // namespace consentree::client::cli
