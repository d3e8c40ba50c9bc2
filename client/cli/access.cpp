#include "client/api.h"
#include "client/cli/commands.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/cli/receipts.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

struct RecordOptions {
    AccessRecord access;
    SubmitOptions submit;
};

int record(const Globals& globals, const RecordOptions& options) {
    const auto began = std::chrono::steady_clock::now();
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    auto submitted = session->client.submit(options.access, wait_of(options.submit));
    const std::string id = submitted ? submitted->event_id : "";
    return report_submission(globals, *session, {"access", id, id}, options.submit, submitted,
                             began);
}

struct ShowOptions {
    std::string id, consent, issuer;
};

int show(const Globals& globals, const ShowOptions& options) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    auto answer = session->client.access(
        options.id, {{"consent", options.consent}, {"issuer", options.issuer}});
    if (!answer) return fail(globals, answer.error());
    auto json = nlohmann::ordered_json::parse(answer->json);
    json["proven"] = answer->proven;
    if (globals.output == OutputForm::json) {
        print(json.dump(2));
        return exit_code::done;
    }
    const auto entry = api::parse_entry(answer->json);
    if (!entry) {
        Failure failure;
        failure.code = "node-answer-invalid";
        failure.what = "the node's answer is not an access";
        return fail(globals, failure);
    }
    print_fields({{"Entry", std::to_string(entry->index)},
                  {"Recorded", entry->time + " at height " + std::to_string(entry->height)},
                  {"Event", entry->type},
                  {"Verdict", entry->verdict},
                  {"Reasons", joined(entry->failed)},
                  {"Flags", joined(entry->flags)},
                  {"Granted until", entry->granted_until},
                  {"Transaction", entry->tx_id}});
    print(nlohmann::ordered_json::parse(entry->event, nullptr, false).dump(2));
    if (answer->proven) {
        say_done(globals, "proven to stand in the log, by " + joined(answer->verification.signers));
    } else {
        say_unproven(globals, entry->height, "", answer->why_not);
    }
    return exit_code::done;
}

struct ListFilters {
    std::string consent, issuer, actor, provider, subject, verdict, from, to;
    ListOptions list;
};

int list(const Globals& globals, const ListFilters& options) {
    const std::vector<Filter> filters{{"consent", options.consent}, {"issuer", options.issuer},
                                      {"actor", options.actor},     {"provider", options.provider},
                                      {"subject", options.subject}, {"verdict", options.verdict},
                                      {"from", options.from},       {"to", options.to}};
    return list_entries(globals, options.list,
                        [&filters, &globals](Client& client, const std::vector<Filter>& paging) {
                            std::vector<Filter> all = filters;
                            all.insert(all.end(), paging.begin(), paging.end());
                            return client.accesses(all, progress_bar(globals));
                        });
}

void add_record(CLI::App* access, Globals& globals) {
    CLI::App* command =
        access->add_subcommand("record", "Record that data is accessed; the verdict comes with it");
    auto options = std::make_shared<RecordOptions>();
    AccessRecord& fields = options->access;
    command->add_option("--subject", fields.subject, "Label of the person: sub:8f2c")->required();
    command->add_option("--consent", fields.consent_id, "The consent relied on");
    command->add_option("--issuer", fields.issuer, "Of the consent (default: own institution)");
    command->add_option("--version", fields.version, "Of the consent");
    command->add_option("--actor", fields.actor, "Institution that accesses (default: own)");
    command->add_option("--actor-user", fields.actor_user, "Label of the person who accesses");
    command->add_option("--purpose", fields.purpose)->required();
    command->add_option("--data", fields.data, "Categories, with commas between")
        ->required()
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--resource", fields.resources, "Accounts or records (default: all)")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--action", fields.action, "Default: view");
    command->add_option("--legal-basis", fields.legal_basis,
                        "consent (the default), contract, legal_obligation, vital, public_task or "
                        "legitimate_interest");
    command->add_option("--data-from", fields.data_from, "Start of the data's own range");
    command->add_option("--data-until", fields.data_until, "Its end");
    command->add_option("--place", fields.place, "ISO 3166 code");
    command->add_option("--occurred-at", fields.occurred_at, "Default: now");
    command->add_option("--session", fields.session_id, "Default: a new one");
    command->add_option("--event", fields.event_id, "Default: a new one");
    command->add_option("--trace", fields.trace_id, "Id of the caller's own request");
    command->add_option("--under", fields.agreement, "Data-sharing agreement on the ledger");
    command->add_flag("--attended", fields.attended, "The person is present");
    add_submit_options(command, options->submit);
    examples(command,
             "consentree access record --subject sub:8f2c --consent cns_01JD9M2V0Q --actor unilab "
             "--purpose research --data lab-results --wait",
             "consentree access record --subject sub:8f2c --consent cns_01JD9M2V0Q --actor unilab "
             "--purpose marketing --data lab-results --wait -o json");
    on_run(command, globals, [&globals, options] { return record(globals, *options); });
}

}  // namespace

void add_access_commands(CLI::App& app, Globals& globals) {
    CLI::App* access = app.add_subcommand("access", "Record and read accesses to data");
    examples(access, "consentree access list --verdict DENY",
             "consentree access list --subject sub:8f2c");
    add_record(access, globals);
    add_access_events(access, globals);

    CLI::App* shown = access->add_subcommand("show", "One access");
    auto which = std::make_shared<ShowOptions>();
    shown->add_option("ID", which->id, "Event id (with --consent), or place in the log")
        ->required();
    shown->add_option("--consent", which->consent, "The consent that it cites");
    shown->add_option("--issuer", which->issuer, "If two issuers use the id");
    examples(shown, "consentree access show 1042",
             "consentree access show acc_01JD9M2V0Q --consent cns_01JD9M2V0Q -o json");
    on_run(shown, globals, [&globals, which] { return show(globals, *which); });

    CLI::App* listed = access->add_subcommand("list", "Accesses, with their verdicts");
    auto options = std::make_shared<ListFilters>();
    listed->add_option("--consent", options->consent);
    listed->add_option("--issuer", options->issuer, "Of that consent");
    listed->add_option("--actor", options->actor, "Institution that accessed");
    listed->add_option("--provider", options->provider);
    listed->add_option("--subject", options->subject);
    listed->add_option("--verdict", options->verdict, "PERMIT, DENY, PERMIT_OTHER_BASIS, ...");
    listed->add_option("--from", options->from, "RFC 3339, block time");
    listed->add_option("--to", options->to, "RFC 3339, block time; not included");
    add_list_options(listed, options->list);
    add_as_of(listed, options->list);
    examples(listed, "consentree access list --verdict DENY",
             "consentree access list --subject sub:8f2c --all -o json");
    on_run(listed, globals, [&globals, options] { return list(globals, *options); });
}

}  // namespace consentree::client::cli
