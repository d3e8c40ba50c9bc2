#include "client/api.h"
#include "client/cli/consent.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

struct Named {
    std::string id, issuer, as_of;
};

// An amendment that is not yet authorised.
std::string waiting(const api::Consent& consent) {
    if (consent.pending_version == 0) return {};
    std::string text = "version " + std::to_string(consent.pending_version);
    if (!consent.pending_authorised_by.empty()) {
        text += ", given by " + joined(consent.pending_authorised_by);
    }
    return text;
}

// Grantors of the record who have not yet given it, while it is not active.
std::string waits_for(const api::Consent& consent) {
    if (consent.state != "requested" && consent.state != "partial") return {};
    std::vector<std::string> missing;
    const auto record = nlohmann::json::parse(consent.record, nullptr, false);
    for (const auto& grantor : record.value("grantors", nlohmann::json::array())) {
        const auto party = grantor.value("party", std::string());
        if (std::ranges::find(consent.authorised_by, party) == consent.authorised_by.end()) {
            missing.push_back(party);
        }
    }
    return joined(missing);
}

int show(const Globals& globals, const Named& named) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    auto answer = session->client.consent(named.issuer, named.id, {{"as_of", named.as_of}},
                                          progress_bar(globals));
    if (!answer) return fail(globals, answer.error());
    if (globals.output == OutputForm::json) {
        auto json = nlohmann::ordered_json::parse(answer->json);
        json["proven"] = answer->proven;
        print(json.dump(2));
        return exit_code::done;
    }
    const auto consent = api::parse_consent(answer->json);
    if (!consent) {
        Failure failure;
        failure.code = "node-answer-invalid";
        failure.what = "the node's answer is not a consent";
        return fail(globals, failure);
    }
    const auto number = [](const std::optional<std::uint64_t>& value) {
        return value ? std::to_string(*value) : std::string();
    };
    print_fields({{"Consent", consent->consent_id},
                  {"State", consent->state + " since " + consent->status_since},
                  {"Issuer", consent->issuer},
                  {"Version", std::to_string(consent->version)},
                  {"Subject", consent->subject},
                  {"Provider", consent->provider},
                  {"Recipients", joined(consent->recipients)},
                  {"Purposes", joined(consent->purposes)},
                  {"Data", joined(consent->categories)},
                  {"Valid from", consent->valid_from},
                  {"Valid until", consent->valid_until.empty() ? "open" : consent->valid_until},
                  {"Given by", joined(consent->authorised_by)},
                  {"Waits for", waits_for(*consent)},
                  {"Waits", waiting(*consent)},
                  {"Agreement", consent->agreement},
                  {"Scheme", consent->scheme},
                  {"Review", consent->needs_review ? "needed: it permits nothing by itself" : ""},
                  {"Added", joined(consent->added_resources)},
                  {"Removed", joined(consent->removed_resources)},
                  {"Uses", std::to_string(consent->uses)},
                  {"Uses left", number(consent->uses_left)},
                  {"Left in window", number(consent->window_uses_left)},
                  {"Next use", consent->next_use_at}});
    say_standing(globals, *answer, "", "", named.as_of);
    return exit_code::done;
}

struct ListFilters {
    std::string subject, recipient, provider, issuer, purpose, state, expires_before;
    ListOptions list;
};

std::vector<Filter> with(std::vector<Filter> filters, const std::vector<Filter>& more) {
    filters.insert(filters.end(), more.begin(), more.end());
    return filters;
}

int list(const Globals& globals, const ListFilters& options) {
    const std::vector<Filter> filters{{"subject", options.subject},
                                      {"recipient", options.recipient},
                                      {"provider", options.provider},
                                      {"issuer", options.issuer},
                                      {"purpose", options.purpose},
                                      {"state", options.state},
                                      {"expires_before", options.expires_before}};
    return list_consents(globals, options.list,
                         [&filters, &globals](Client& client, const std::vector<Filter>& paging) {
                             return client.consents(with(filters, paging), progress_bar(globals));
                         });
}

void add_list(CLI::App* consent, Globals& globals) {
    CLI::App* command = consent->add_subcommand("list", "Consents as they stand");
    auto options = std::make_shared<ListFilters>();
    command->add_option("--subject", options->subject);
    command->add_option("--recipient", options->recipient);
    command->add_option("--provider", options->provider);
    command->add_option("--issuer", options->issuer);
    command->add_option("--purpose", options->purpose);
    command->add_option("--state", options->state, "active, withdrawn, expired, ...");
    command->add_option("--expires-before", options->expires_before, "RFC 3339");
    add_list_options(command, options->list);
    add_as_of(command, options->list);
    examples(command, "consentree consent list --recipient unilab --state active",
             "consentree consent list --subject sub:8f2c --all -o json");
    on_run(command, globals, [&globals, options] { return list(globals, *options); });
}

void add_history(CLI::App* consent, Globals& globals) {
    struct Options {
        Named named;
        ListOptions list;
    };
    CLI::App* command = consent->add_subcommand("history", "All that happened to one consent");
    auto options = std::make_shared<Options>();
    command->add_option("ID", options->named.id, "Of the consent")->required();
    command->add_option("--issuer", options->named.issuer, "If two issuers use the id");
    add_list_options(command, options->list);
    add_as_of(command, options->list);
    examples(command, "consentree consent history cns_01JD9M2V0Q",
             "consentree consent history cns_01JD9M2V0Q -o json");
    on_run(command, globals, [&globals, options] {
        return list_entries(
            globals, options->list, [&options](Client& client, const std::vector<Filter>& paging) {
                return client.history(options->named.issuer, options->named.id, paging);
            });
    });
}

void print_check(const api::CheckAnswer& checked) {
    const bool is_found = !checked.consent_id.empty();
    std::string until = checked.valid_until;
    if (is_found && until.empty()) until = "open";
    const auto number = [](const std::optional<std::uint64_t>& value) {
        return value ? std::to_string(*value) : std::string();
    };
    print(checked.allowed ? "✓ allowed" : "✗ not allowed");
    print_fields({{"  Why", checked.explanation},
                  {"  Do", checked.remedy},
                  {"  Granted", checked.granted_until.empty()
                                    ? std::string()
                                    : "data until " + checked.granted_until + " only"},
                  {"  Consent", checked.consent_id},
                  {"  State", checked.state},
                  {"  Valid until", until},
                  {"  Uses", number(checked.uses)},
                  {"  Uses left", number(checked.uses_left)},
                  {"  Left in window", number(checked.window_uses_left)},
                  {"  Next use", checked.next_use_at},
                  {"  Agreement", checked.agreement},
                  {"  Scheme", checked.scheme},
                  {"  Its limits", joined(checked.scheme_rules, "; ")}});
    for (const api::CheckAnswer::Check& failed : checked.checks) {
        print("  ✗ check " + std::to_string(failed.number) + "  " + printable(failed.code) + ": " +
              printable(failed.detail));
    }
}

int check(const Globals& globals, const api::CheckRequest& request, bool is_quick) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    const std::string asked = api::format(request);
    auto answer = is_quick ? session->client.quick_check(asked)
                           : session->client.check(asked, progress_bar(globals));
    if (!answer) return fail(globals, answer.error());
    const auto checked = api::parse_check_answer(answer->json);
    if (!checked) {
        Failure failure;
        failure.code = "node-answer-invalid";
        failure.what = "the node's answer does not say whether it is allowed";
        return fail(globals, failure);
    }
    const int code = checked->allowed ? exit_code::done : exit_code::not_allowed;
    if (globals.output == OutputForm::json) {
        auto json = nlohmann::ordered_json::parse(answer->json);
        json["proven"] = answer->proven;
        print(json.dump(2));
        return code;
    }
    print_check(*checked);
    say_standing(globals, *answer, "Nothing was recorded. ", "by the ledger's rules: ", "");
    return code;
}

void add_check(CLI::App* consent, Globals& globals) {
    CLI::App* command =
        consent->add_subcommand("check", "May X use Y's data for Z now? Records nothing");
    auto request = std::make_shared<api::CheckRequest>();
    auto is_quick = std::make_shared<bool>(false);
    command->add_option("--subject", request->subject)->required();
    command->add_option("--recipient", request->recipient)->required();
    command->add_option("--purpose", request->purpose)->required();
    command->add_option("--data", request->data, "Categories, with commas between")
        ->required()
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--action", request->action, "Default: view");
    command->add_option("--resource", request->resources, "Default: all")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--consent", request->consent_id, "Only this consent");
    command->add_option("--issuer", request->issuer, "Of that consent");
    command->add_option("--data-from", request->data_from,
                        "Start of the data's own range, RFC 3339; default: the consent's");
    command->add_option("--data-until", request->data_until, "Its end");
    command->add_option("--place", request->place, "ISO 3166 code");
    command->add_option("--under", request->agreement, "Data-sharing agreement that is cited");
    command->add_flag("--attended", request->attended, "The person is present");
    command->add_flag("--quick", *is_quick, "One node's word, at once: nothing is proven");
    examples(command,
             "consentree consent check --subject sub:8f2c --recipient unilab --purpose research "
             "--data lab-results",
             "consentree consent check --subject sub:8f2c --recipient unilab --purpose marketing "
             "--data lab-results -o json");
    on_run(command, globals,
           [&globals, request, is_quick] { return check(globals, *request, *is_quick); });
}

}  // namespace

void add_consent_reads(CLI::App* consent, Globals& globals) {
    CLI::App* command = consent->add_subcommand("show", "One consent as it stands");
    auto named = std::make_shared<Named>();
    command->add_option("ID", named->id, "Of the consent")->required();
    command->add_option("--issuer", named->issuer, "If two issuers use the id");
    command->add_option("--as-of", named->as_of, "A block's height or a time: as it stood then");
    examples(command, "consentree consent show cns_01JD9M2V0Q",
             "consentree consent show cns_01JD9M2V0Q --as-of 120 -o json");
    on_run(command, globals, [&globals, named] { return show(globals, *named); });
    add_list(consent, globals);
    add_history(consent, globals);
    add_check(consent, globals);
}

}  // namespace consentree::client::cli
