#include "client/cli/consent.h"
#include "client/api.h"
#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/receipts.h"
#include "client/record.h"
#include "common/files.h"
#include "common/time.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct GrantOptions {
    Grant grant;
    SubmitOptions submit;
};

int grant(const Globals& globals, const GrantOptions& options) {
    const auto began = Clock::now();
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    auto submitted = session->client.submit(options.grant, wait_of(options.submit));
    const std::string id = submitted ? submitted->consent_id : "";
    return report_submission(globals, *session, {"consent", id, id}, options.submit, submitted,
                             began);
}

struct AmendOptions {
    std::string consent_id, issuer, recipient, purpose, from, expires, record_file;
    std::vector<std::string> data, actions;
    bool renewal = false, pending = false;
    SubmitOptions submit;
};

// The current record with the changes that were asked for, as the next version.
Outcome<Json> amended(const AmendOptions& options, const std::string& current_json) {
    const Json current = Json::parse(current_json, nullptr, false);
    Failure failure;
    failure.code = "node-answer-invalid";
    failure.what = "the node's answer has no record to amend";
    if (!current.is_object() || !current.contains("record")) return failure;
    Json record = current["record"];
    if (!record.is_object() || !record.contains("version") || !record.contains("expression") ||
        !record["version"].is_number_unsigned() || !record["expression"].is_object()) {
        return failure;
    }
    const auto consent = api::parse_consent(current_json);
    if (!consent) return failure;
    const TimeMs now = wall_clock();
    record["version"] = consent->latest_version + 1;
    if (!options.recipient.empty()) {
        record["recipients"] = Json::array({Json{{"party", options.recipient}}});
    }
    if (!options.purpose.empty()) {
        record["purposes"] = Json::array({Json{{"code", options.purpose}}});
    }
    if (!options.data.empty()) record["categories"] = options.data;
    if (!options.actions.empty()) record["actions"] = options.actions;
    if (!options.from.empty()) {
        auto when = parse_when(options.from, now);
        if (!when) return when.error();
        record["valid_from"] = *when;
    }
    if (options.expires == "never") {
        record["valid_until"] = nullptr;
    } else if (!options.expires.empty()) {
        auto when = parse_when(options.expires, now);
        if (!when) return when.error();
        record["valid_until"] = *when;
    }
    record["expression"]["at"] = format_time(now);  // The grantor says it afresh.
    return record;
}

Outcome<Json> record_from_file(const std::string& path) {
    constexpr std::size_t record_bytes = 64 * 1024;
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "file-unusable";
    failure.what = "cannot use the record " + path;
    const auto text = read_file(path, record_bytes);
    if (!text) {
        failure.why = text.error().message();
        return failure;
    }
    Json record = Json::parse(*text, nullptr, false);
    if (record.is_object()) return record;
    failure.why = "it is not a JSON object";
    return failure;
}

int amend(const Globals& globals, const AmendOptions& options) {
    const auto began = Clock::now();
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    Outcome<Json> record = Json();
    if (!options.record_file.empty()) {
        record = record_from_file(options.record_file);
    } else {
        auto current = session->client.consent(options.issuer, options.consent_id);
        if (!current) return fail(globals, current.error());
        record = amended(options, current->json);
    }
    if (!record) return fail(globals, record.error());
    const Amend change{
        .record = record->dump(), .authorised = !options.pending, .renewal = options.renewal};
    auto submitted = session->client.submit(change, wait_of(options.submit));
    const std::string version =
        record->contains("version") ? (*record)["version"].dump() : std::string();
    return report_submission(globals, *session,
                             {"consent", options.consent_id, options.consent_id + ".v" + version},
                             options.submit, submitted, began);
}

// Who gives it, and under what.
void add_grantor_options(CLI::App* command, Grant& grant_options) {
    command
        ->add_option("--grantor", grant_options.grantors,
                     "Who gives it, if not the subject; commas between")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--capacity", grant_options.capacity,
                        "Of other grantors: joint_holder, guardian, attorney, "
                        "corporate_representative, secondary_user");
    command->add_option("--authority-ref", grant_options.authority_ref,
                        "What proves their authority: a hash, or a file number");
    command->add_option("--authorisation", grant_options.authorisation,
                        "any, all, or how many grantors must join");
    command->add_option("--subject-kind", grant_options.subject_kind,
                        "person, joint, organisation or minor");
    command->add_option("--under", grant_options.agreement,
                        "Data-sharing agreement on the ledger (see: agreement list)");
    command->add_option("--scheme", grant_options.scheme, "Scheme policy that it is under");
    command->add_option("--template", grant_options.template_id, "The scheme's template");
}

void add_grant(
    CLI::App* consent, Globals& globals, const char* verb, const char* help, bool authorised) {
    CLI::App* command = consent->add_subcommand(verb, help);
    auto options = std::make_shared<GrantOptions>();
    Grant& grant_options = options->grant;
    grant_options.authorised = authorised;
    command->add_option("--subject", grant_options.subject, "Label of the person: sub:8f2c")
        ->required();
    command->add_option("--recipient", grant_options.recipient, "Institution that may use the data")
        ->required();
    command->add_option("--purpose", grant_options.purpose, "Code of the purpose")->required();
    command->add_option("--data", grant_options.data, "Categories, with commas between")
        ->required()
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--expires", grant_options.expires, "2027-06-30, 90d, 1y or never")
        ->required();
    command->add_option("--from", grant_options.valid_from, "Start (default: now)");
    command->add_option("--id", grant_options.consent_id, "Consent id (default: a new one)");
    command->add_option("--issuer", grant_options.issuer, "Who keeps the record");
    command->add_option("--provider", grant_options.provider, "Who holds the data");
    command->add_option("--legal-basis", grant_options.legal_basis,
                        "consent, contract, legal_obligation, vital, public_task or "
                        "legitimate_interest");
    command->add_option("--action", grant_options.actions, "view, store, ..., commas between")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--resource", grant_options.resources, "Accounts or records (default: all)")
        ->delimiter(',')
        ->allow_extra_args(false);
    add_grantor_options(command, grant_options);
    add_submit_options(command, options->submit);
    const std::string line = "consentree consent " + std::string(verb) +
                             " --subject sub:8f2c "
                             "--recipient unilab --purpose research --data ";
    const char* first = "lab-results --expires 2027-06-30 --wait";
    const char* joint =
        "lab-results --expires 1y --grantor sub:8f2c,sub:77aa --authorisation all "
        "--capacity joint_holder --authority-ref deed-7 --subject-kind joint "
        "--wait";
    const char* under = "demographics,lab-results --expires 90d --under agr-7 -o json --wait";
    examples(command, line + first, line + (authorised ? under : joint));
    on_run(command, globals, [&globals, options] { return grant(globals, *options); });
}

void add_amend(CLI::App* consent, Globals& globals) {
    CLI::App* command = consent->add_subcommand("amend", "Record a changed consent");
    auto options = std::make_shared<AmendOptions>();
    command->add_option("ID", options->consent_id, "Of the consent")->required();
    command->add_option("--issuer", options->issuer, "If two issuers use the id");
    command->add_option("--recipient", options->recipient, "Instead of the present ones");
    command->add_option("--purpose", options->purpose, "Instead of the present ones");
    command->add_option("--data", options->data, "Categories instead of the present ones")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--action", options->actions, "Actions instead of the present ones")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--expires", options->expires, "2027-06-30, 90d, 1y or never");
    command->add_option("--record", options->record_file, "The whole new record (JSON file)");
    command->add_flag("--pending", options->pending, "It waits for its grantors (authorise)");
    add_submit_options(command, options->submit);
    examples(command, "consentree consent amend cns_01JD9M2V0Q --expires 2028-01-31 --wait",
             "consentree consent amend cns_01JD9M2V0Q --data lab-results --wait");
    on_run(command, globals, [&globals, options] { return amend(globals, *options); });
}

void add_renew(CLI::App* consent, Globals& globals) {
    CLI::App* command =
        consent->add_subcommand("renew", "Record that it goes on: the same scope, another end");
    auto options = std::make_shared<AmendOptions>();
    options->renewal = true;
    command->add_option("ID", options->consent_id, "Of the consent")->required();
    command->add_option("--issuer", options->issuer, "If two issuers use the id");
    command->add_option("--from", options->from, "Another start (default: as it is)");
    auto* expires =
        command->add_option("--expires", options->expires, "2027-06-30, 90d, 1y or never");
    auto* record =
        command->add_option("--record", options->record_file, "The whole new record (JSON file)");
    expires->excludes(record);
    command->add_flag("--pending", options->pending, "It waits for its grantors (authorise)");
    add_submit_options(command, options->submit);
    examples(command, "consentree consent renew cns_01JD9M2V0Q --expires 1y --wait",
             "consentree consent renew cns_01JD9M2V0Q --expires 2028-01-31 --pending --wait");
    on_run(command, globals, [&globals, options] {
        if (options->expires.empty() && options->record_file.empty()) {
            return usage(globals, "a renewal says until when", "Give --expires, or --record FILE.");
        }
        return amend(globals, *options);
    });
}

}  // namespace

void add_consent_commands(CLI::App& app, Globals& globals) {
    CLI::App* consent = app.add_subcommand("consent", "Give, change, end and read consents");
    examples(consent, "consentree consent list --state active",
             "consentree consent check --subject sub:8f2c --recipient unilab --purpose research "
             "--data lab-results");
    add_grant(consent, globals, "grant", "Record a consent that was given", true);
    add_grant(consent, globals, "request", "Record a consent that waits for its grantors", false);
    add_amend(consent, globals);
    add_renew(consent, globals);
    add_consent_steps(consent, globals);
    add_consent_reads(consent, globals);
}

}  // namespace consentree::client::cli
