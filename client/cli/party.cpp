// Parties: institutions, and whom they register (docs/events.md, "Parties and agreements").
#include "client/api.h"
#include "client/cli/form.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/cli/receipts.h"
#include "client/record.h"
#include "common/time.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Json = nlohmann::ordered_json;
using Kind = FieldKind;

constexpr Field fields[] = {
    {"--id", "party_id", "Of the party (default: own institution)"},
    {"--name", "name", "As it is known"},
    {"--name-commitment", "name_commitment", "Its SHA-256, where the name stays private"},
    {"--type", "type",
     "institution, processor, authority, consent_manager, third_party or grantor (default: "
     "institution)",
     Kind::text, false, "institution"},
    {"--role", "role", "Code"},
    {"--address", "address", "Postal address"},
    {"--contact", "contact", "Whom to ask: a function, never a person's name"},
    {"--site", "url", "Web address"},
    {"--email", "email", ""},
    {"--phone", "phone", ""},
    {"--country", "country", "ISO 3166 code"},
};

struct RegisterOptions {
    FieldValues values;
    SubmitOptions submit;
};

int register_party(const Globals& globals, const RegisterOptions& options) {
    const auto began = std::chrono::steady_clock::now();
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    const auto given = members_of(fields, options.values);
    if (!given) return fail(globals, given.error());
    Json party;
    party["schema"] = "consentree/party/1";
    party["party_id"] = session->context.institution;
    for (const auto& [member, value] : given->items()) party[member] = value;
    if (party["party_id"] == "") {
        return fail(globals, missing_member("party_id", "Give --id: the context names no one."));
    }
    Json event;
    event["type"] = "party.register";
    event["party"] = party;
    event["occurred_at"] = format_time(wall_clock());
    const auto text = event.dump(-1, ' ', false, Json::error_handler_t::replace);
    auto submitted = session->client.submit_events({text}, wait_of(options.submit));
    const std::string id = party["party_id"].get<std::string>();
    return report_submission(globals, *session, {"party", id, "party-" + id}, options.submit,
                             submitted, began);
}

int show(const Globals& globals, const std::string& id) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    auto answer = session->client.party(id);
    if (!answer) return fail(globals, answer.error());
    const auto party = api::parse_party(answer->json);
    if (!party) {
        Failure failure;
        failure.code = "node-answer-invalid";
        failure.what = "the node's answer is not a party";
        return fail(globals, failure);
    }
    if (globals.output == OutputForm::json) {
        print(Json::parse(answer->json).dump(2));
        return exit_code::done;
    }
    print_fields({{"Party", party->id},
                  {"Name", party->name},
                  {"Validator", party->validator ? std::to_string(*party->validator) : ""}});
    for (const api::Party::Key& key : party->keys) {
        print("Key        " + printable(key.fingerprint) + "  " + printable(joined(key.roles)));
    }
    if (party->registered) {
        print_fields({{"Registered", "by " + party->registered->by + " at height " +
                                         std::to_string(party->registered->height) + ", entry " +
                                         std::to_string(party->registered->entry)}});
        print(Json::parse(party->registered->record, nullptr, false).dump(2));
    }
    say(globals,
        "As this node says: not proven. Its registration is proven by: consentree report "
        "evidence --actor " +
            id);
    return exit_code::done;
}

int list(const Globals& globals, const ListOptions& options) {
    const ListShape shape{"party",
                          "parties",
                          {"PARTY", "NAME", "VALIDATOR", "KEYS", "REGISTERED BY", "HEIGHT"},
                          rows_by(api::parse_parties, [](const api::Party& party) {
                              const auto& registered = party.registered;
                              return std::vector<std::string>{
                                  party.id,
                                  party.name,
                                  party.validator ? std::to_string(*party.validator) : "",
                                  std::to_string(party.keys.size()),
                                  registered ? registered->by : "",
                                  registered ? std::to_string(registered->height) : ""};
                          })};
    return list_items(globals, options, shape, [](Client& client, const std::vector<Filter>& all) {
        return client.parties(all);
    });
}

}  // namespace

void add_party_commands(CLI::App& app, Globals& globals) {
    CLI::App* noun = app.add_subcommand("party", "Institutions, and whom they register");
    examples(noun, "consentree party list", "consentree party show unilab");

    CLI::App* made = noun->add_subcommand("register", "Record who a party is");
    auto options = std::make_shared<RegisterOptions>();
    add_fields(made, fields, options->values);
    made->get_option("--name")->excludes("--name-commitment");
    add_submit_options(made, options->submit);
    examples(made,
             "consentree party register --name \"Northbank plc\" --country NL "
             "--contact privacy-office --wait",
             "consentree party register --id cloud-1 --type processor --name \"Cloud One\" --wait");
    on_run(made, globals, [&globals, options] { return register_party(globals, *options); });

    CLI::App* shown = noun->add_subcommand("show", "One party with its record and keys");
    auto id = std::make_shared<std::string>();
    shown->add_option("ID", *id, "Of the party")->required();
    examples(shown, "consentree party show unilab", "consentree party show cloud-1 -o json");
    on_run(shown, globals, [&globals, id] { return show(globals, *id); });

    CLI::App* listed = noun->add_subcommand("list", "All parties");
    auto paging = std::make_shared<ListOptions>();
    add_paging_options(listed, *paging);
    examples(listed, "consentree party list", "consentree party list --all -o json");
    on_run(listed, globals, [&globals, paging] { return list(globals, *paging); });
}

}  // namespace consentree::client::cli
