// Schemes and vocabularies: propose, approve, list, show.
#include "client/api_policy.h"
#include "client/cli/commands.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/cli/receipts.h"
#include "client/policies.h"
#include "common/bytes.h"
#include "common/files.h"
#include "common/hash.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t file_bytes = 64 * 1024;

Failure node_answer_invalid(const std::string& what) {
    Failure failure;
    failure.code = "node-answer-invalid";
    failure.what = what;
    failure.hint = "Ask another node; this one is of another version, broken or lying.";
    return failure;
}

Outcome<PolicyFile> policy_from_file(const std::string& path) {
    const auto text = read_file(path, file_bytes);
    if (!text) {
        Failure failure;
        failure.kind = FailureKind::usage;
        failure.code = "file-unusable";
        failure.what = "cannot read " + path;
        failure.why = text.error().message();
        return failure;
    }
    return read_policy(*text);
}

// A document's text is what its hash says, whatever the node that sent it is like.
bool is_itself(const api::PolicyDocument& document) {
    return to_hex(sha256(as_bytes(document.document)).view()) == document.sha256;
}

Outcome<api::Policy> fetch(Client& client, const std::string& id, std::uint32_t version = 0) {
    std::string target = "/v1/policies/" + id;
    if (version != 0) target += "?version=" + std::to_string(version);
    auto answer = client.get(target);
    if (!answer) return answer.error();
    auto policy = api::parse_policy(answer->json);
    if (!policy || policy->id != id) {
        return node_answer_invalid("the node's answer is not the policy that was asked for");
    }
    const bool is_good = (!policy->in_force || is_itself(*policy->in_force)) &&
                         std::all_of(policy->proposals.begin(), policy->proposals.end(), is_itself);
    if (!is_good) return node_answer_invalid("a document of the node's answer has another hash");
    return std::move(*policy);
}

struct ProposeOptions {
    std::string file;
    SubmitOptions submit;
};

int propose(const Globals& globals, const ProposeOptions& options) {
    const auto began = Clock::now();
    auto policy = policy_from_file(options.file);
    if (!policy) return fail(globals, policy.error());
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    const std::string stem = policy->id + ".v" + std::to_string(policy->version);
    say(globals, policy->title + "\n  " + policy->id + " version " +
                     std::to_string(policy->version) + ", SHA-256 " + policy->sha256);
    return report_submission(
        globals, *session, {"policy", policy->id, stem + ".propose"}, options.submit,
        session->client.submit_events({propose_policy(*policy)}, wait_of(options.submit)), began);
}

struct ApproveOptions {
    std::string id, sha256, file;
    SubmitOptions submit;
};

// Which proposal is meant: the one whose bytes are at hand, or that is named, or the only one.
Outcome<api::PolicyDocument> chosen(Client& client, const ApproveOptions& options) {
    std::string wanted = options.sha256;
    if (!options.file.empty()) {
        auto file = policy_from_file(options.file);
        if (!file) return file.error();
        wanted = file->sha256;
    }
    auto policy = fetch(client, options.id);
    if (!policy) return policy.error();
    Failure failure;
    failure.kind = FailureKind::not_found;
    failure.code = "policy-unknown";
    failure.hint = "See: consentree policy show " + options.id;
    for (const api::PolicyDocument& proposal : policy->proposals) {
        if (proposal.sha256 == wanted || (wanted.empty() && policy->proposals.size() == 1)) {
            return proposal;
        }
    }
    failure.what = wanted.empty() && !policy->proposals.empty()
                       ? "several documents of " + options.id + " wait: name one with --sha256"
                       : "no such document of " + options.id + " waits to be approved";
    return failure;
}

int approve(const Globals& globals, const ApproveOptions& options) {
    const auto began = Clock::now();
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    const auto proposal = chosen(session->client, options);
    if (!proposal) return fail(globals, proposal.error());
    const bool is_named = !options.sha256.empty() || !options.file.empty();
    Globals shown = globals;
    if (!is_named) shown.quiet = false;  // Whoever is asked sees it.
    if (!is_named) say(shown, proposal->document);
    say(shown, options.id + " version " + std::to_string(proposal->version) + ", proposed by " +
                   proposal->proposed_by + ", SHA-256 " + proposal->sha256);
    if (!is_named && !is_typed(globals, "Approve this for your institution?", "approve")) {
        Failure failure;
        failure.kind = FailureKind::usage;
        failure.code = "usage";
        failure.what = "nothing was approved";
        failure.hint = "Say which document: --sha256 " + proposal->sha256 + ", or --file FILE";
        return fail(globals, failure);
    }
    const std::string stem = options.id + ".v" + std::to_string(proposal->version);
    const std::string event = approve_policy(options.id, proposal->version, proposal->sha256);
    return report_submission(
        globals, *session, {"policy", options.id, stem + ".approve"}, options.submit,
        session->client.submit_events({event}, wait_of(options.submit)), began);
}

int list(const Globals& globals) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    auto answer = session->client.get("/v1/policies?limit=500");
    if (!answer) return fail(globals, answer.error());
    const auto page = api::parse_policies(answer->json);
    if (!page)
        return fail(globals, node_answer_invalid("the node's answer is no list of policies"));
    if (globals.output == OutputForm::json) {
        print(nlohmann::ordered_json::parse(answer->json).dump(2));
        return exit_code::done;
    }
    TextTable table({"POLICY", "TYPE", "IN FORCE", "SINCE", "WAITING"});
    for (const api::Policy& policy : page->items) {
        std::string waiting;
        for (const api::PolicyDocument& proposal : policy.proposals) {
            waiting += (waiting.empty() ? "" : ", ") +
                       ("version " + std::to_string(proposal.version)) + " (" +
                       std::to_string(proposal.approved_by.size()) + " approved)";
        }
        table.row({policy.id, policy.type,
                   policy.in_force ? "version " + std::to_string(policy.in_force->version) : "no",
                   policy.in_force ? policy.in_force->in_force_since : "", waiting});
    }
    table.print();
    say_unproven(globals, page->as_of_height, "");
    return exit_code::done;
}

struct ShowOptions {
    std::string id;
    std::uint32_t version = 0;
};

void print_document(const Globals& globals, const api::PolicyDocument& document) {
    say(globals,
        "version " + std::to_string(document.version) + " · SHA-256 " + document.sha256 +
            "\nproposed by " + document.proposed_by + " at " + document.proposed_at +
            ", approved by " + joined(document.approved_by) +
            (document.in_force_since.empty() ? "; waits for more"
                                             : "; in force since " + document.in_force_since));
    print(document.document);
}

int show(const Globals& globals, const ShowOptions& options) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    const auto policy = fetch(session->client, options.id, options.version);
    if (!policy) return fail(globals, policy.error());
    if (globals.output == OutputForm::json) {
        print(nlohmann::ordered_json::parse(api::format(*policy)).dump(2));
        return exit_code::done;
    }
    if (policy->in_force) print_document(globals, *policy->in_force);
    if (options.version == 0) {
        for (const api::PolicyDocument& proposal : policy->proposals) {
            print_document(globals, proposal);
        }
    }
    say_unproven(globals, policy->as_of_height, "");
    return exit_code::done;
}

void add_propose(CLI::App* policy, Globals& globals) {
    CLI::App* command = policy->add_subcommand("propose", "Propose a scheme or vocabulary");
    auto options = std::make_shared<ProposeOptions>();
    command->add_option("FILE", options->file, "The document (docs/schemes.md)")->required();
    add_submit_options(command, options->submit);
    examples(command, "consentree policy propose rebit-aa.json --key admin.key --wait",
             "consentree policy propose purposes.json --key admin.key");
    on_run(command, globals, [&globals, options] { return propose(globals, *options); });
}

void add_approve(CLI::App* policy, Globals& globals) {
    CLI::App* command = policy->add_subcommand("approve", "Approve what another has proposed");
    auto options = std::make_shared<ApproveOptions>();
    command->add_option("ID", options->id, "Of the policy")->required();
    command->add_option("--sha256", options->sha256, "Of the document that you have read");
    command->add_option("--file", options->file, "The document itself: only these bytes");
    add_submit_options(command, options->submit);
    examples(command, "consentree policy approve rebit-aa --key admin.key",
             "consentree policy approve rebit-aa --file rebit-aa.json --key admin.key --wait");
    on_run(command, globals, [&globals, options] { return approve(globals, *options); });
}

}  // namespace

void add_policy_commands(CLI::App& app, Globals& globals) {
    CLI::App* policy = app.add_subcommand("policy", "Schemes and vocabularies on the ledger");
    examples(policy, "consentree policy list",
             "consentree policy propose rebit-aa.json --key admin.key --wait");
    add_propose(policy, globals);
    add_approve(policy, globals);
    CLI::App* listing = policy->add_subcommand("list", "What is in force, and what is proposed");
    examples(listing, "consentree policy list", "consentree policy list -o json");
    on_run(listing, globals, [&globals] { return list(globals); });
    CLI::App* showing = policy->add_subcommand("show", "One with its documents");
    auto options = std::make_shared<ShowOptions>();
    showing->add_option("ID", options->id, "Of the policy")->required();
    showing->add_option("--version", options->version, "One that is or was in force");
    examples(showing, "consentree policy show rebit-aa",
             "consentree policy show rebit-aa --version 1");
    on_run(showing, globals, [&globals, options] { return show(globals, *options); });
}

}  // namespace consentree::client::cli
