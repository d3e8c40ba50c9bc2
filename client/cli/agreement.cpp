// Data-sharing agreements on the ledger: proposed by one party, in force once all have accepted the
// same bytes. Not the agreement files that fill consent records (client/agreement.h).
#include "client/api.h"
#include "client/calls.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/cli/receipts.h"
#include "client/record.h"
#include "common/files.h"
#include "common/hash.h"
#include "common/limits.h"
#include "common/time.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::string_view schema = "consentree/agreement-record/1";

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string hash_of(std::string_view bytes) {
    return to_hex(sha256(as_bytes(bytes)).view());
}

Failure failure_of(FailureKind kind, const char* code, std::string what, std::string hint) {
    Failure failure;
    failure.kind = kind;
    failure.code = code;
    failure.what = std::move(what);
    failure.hint = std::move(hint);
    return failure;
}

// The bytes that the parties accept: the file's JSON without what stands around it.
Outcome<std::string> read_agreement(const std::string& path) {
    Failure bad =
        failure_of(FailureKind::usage, "invalid-agreement", "cannot use the agreement " + path,
                   "docs/events.md, \"Parties and agreements\", lists its members.");
    const auto text = read_file(path, limits::event_bytes);
    if (!text) {
        bad.why = text.error().message();
        return bad;
    }
    const std::size_t first = text->find_first_not_of(" \t\r\n");
    const Json json = Json::parse(*text, nullptr, false);
    if (!json.is_object()) {
        bad.why = "it is not a JSON object";
        return bad;
    }
    if (json.value("schema", Json()) == "consentree/agreement/1") {
        bad.why =
            "it is a file that fills consent records on this machine (--agreement), not an "
            "agreement for the ledger";
        return bad;
    }
    if (json.value("schema", Json()) != schema) {
        bad.why = "its schema is not " + std::string(schema);
        bad.pointer = "/schema";
        return bad;
    }
    if (!json.value("agreement_id", Json()).is_string()) {
        bad.why = "it names no agreement_id";
        bad.pointer = "/agreement_id";
        return bad;
    }
    return text->substr(first, text->find_last_not_of(" \t\r\n") - first + 1);
}

struct ProposeOptions {
    std::string file;
    SubmitOptions submit;
};

int propose(const Globals& globals, const ProposeOptions& options) {
    const auto began = Clock::now();
    const auto bytes = read_agreement(options.file);
    if (!bytes) return fail(globals, bytes.error());
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    // As they are: their hash is what the others accept.
    const std::string event = R"({"type":"agreement.propose","agreement":)" + *bytes +
                              R"(,"occurred_at":")" + format_time(wall_clock()) + R"("})";
    auto submitted = session->client.submit_events({event}, wait_of(options.submit));
    const std::string id = Json::parse(*bytes)["agreement_id"].get<std::string>();
    if (submitted) {
        say(globals,
            "  sha256 " + hash_of(*bytes) + "    the others: consentree agreement accept " + id);
    }
    return report_submission(globals, *session, {"agreement", id, id + ".propose"}, options.submit,
                             submitted, began);
}

Outcome<api::Agreement> agreement_in(const Outcome<Answer>& answer) {
    if (!answer) return answer.error();
    auto parsed = api::parse_agreement(answer->json);
    if (parsed) return std::move(*parsed);
    return failure_of(FailureKind::failed, "node-answer-invalid",
                      "the node's answer is not an agreement", "Ask another node.");
}

struct AcceptOptions {
    std::string id, sha256, file;
    SubmitOptions submit;
};

// What is accepted is the hash of the bytes that were shown, computed here: a node that shows
// other bytes than were proposed gains nothing.
Outcome<std::string> proposed_bytes(const api::Agreement& agreement) {
    if (!agreement.proposed) {
        return failure_of(FailureKind::not_allowed, "agreement-state",
                          "nothing waits to be accepted in " + agreement.id,
                          "See what is in force: consentree agreement show " + agreement.id);
    }
    const auto bytes = from_base64(agreement.proposed->record_bytes);
    const std::string text = bytes ? std::string(as_text(*bytes)) : std::string();
    if (hash_of(text) == agreement.proposed->sha256) return text;
    return failure_of(FailureKind::verification_failed, "agreement-changed",
                      "the node shows other bytes than were proposed", "Ask another node.");
}

Outcome<std::string> expected_hash(const AcceptOptions& options) {
    if (options.file.empty()) return options.sha256;
    auto bytes = read_agreement(options.file);
    if (!bytes) return bytes.error();
    return hash_of(*bytes);
}

std::optional<Failure> confirm(const Globals& globals,
                               const AcceptOptions& options,
                               const std::string& hash) {
    const auto expected = expected_hash(options);
    if (!expected) return expected.error();
    if (*expected == hash) return std::nullopt;
    if (!expected->empty()) {
        Failure failure =
            failure_of(FailureKind::conflict, "agreement-changed",
                       "what was proposed is not what you expect", "Nothing was accepted.");
        failure.why = "its hash is " + hash + ", yours " + *expected;
        return failure;
    }
    if (is_typed(globals, "Accept this for your institution?", "accept")) return std::nullopt;
    return failure_of(FailureKind::usage, "usage", "nothing was accepted",
                      "Say which terms: --sha256 " + hash + ", or --file FILE");
}

int accept(const Globals& globals, const AcceptOptions& options) {
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    // One node's word will do: what is accepted is the hash of the bytes that are shown.
    const auto agreement =
        agreement_in(session->client.get("/v1/agreements/" + percent_encode(options.id)));
    if (!agreement) return fail(globals, agreement.error());
    const auto bytes = proposed_bytes(*agreement);
    if (!bytes) return fail(globals, bytes.error());
    const std::string hash = hash_of(*bytes);
    const api::Agreement::Version& proposed = *agreement->proposed;
    // Whoever is asked sees it, --quiet or not.
    Globals shown = globals;
    if (options.sha256.empty() && options.file.empty()) shown.quiet = false;
    say(shown, options.id + ", version " + std::to_string(proposed.version) + ", accepted by " +
                   joined(proposed.accepted_by) + ", waits for " + joined(proposed.awaited));
    say(shown, Json::parse(*bytes, nullptr, false).dump(2));
    say(shown, "sha256 " + hash);
    if (auto failure = confirm(globals, options, hash)) return fail(globals, *failure);
    const auto began = Clock::now();
    Json event;
    event["type"] = "agreement.accept";
    event["agreement_id"] = options.id;
    event["version"] = proposed.version;
    event["sha256"] = hash;
    event["occurred_at"] = format_time(wall_clock());
    auto submitted = session->client.submit_events({dump(event)}, wait_of(options.submit));
    return report_submission(globals, *session, {"agreement", options.id, options.id + ".accept"},
                             options.submit, submitted, began);
}

struct EndOptions {
    std::string id, reason;
    SubmitOptions submit;
};

int end(const Globals& globals, const EndOptions& options) {
    const auto began = Clock::now();
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    Json event;
    event["type"] = "agreement.end";
    event["agreement_id"] = options.id;
    if (!options.reason.empty()) event["reason"] = options.reason;
    event["occurred_at"] = format_time(wall_clock());
    auto submitted = session->client.submit_events({dump(event)}, wait_of(options.submit));
    return report_submission(globals, *session, {"agreement", options.id, options.id + ".end"},
                             options.submit, submitted, began);
}

void print_version(const std::string& name, const api::Agreement::Version& version) {
    print_fields(
        {{name, "version " + std::to_string(version.version) + ", entry " +
                    std::to_string(version.entry)},
         {"  sha256", version.sha256},
         {"  Parties", joined(version.parties)},
         {"  Purposes", joined(version.purposes)},
         {"  Data", version.categories.empty() ? "not limited" : joined(version.categories)},
         {"  Valid from", version.valid_from},
         {"  Valid until", version.valid_until.empty() ? "open" : version.valid_until},
         {"  Accepted by", joined(version.accepted_by)},
         {"  Waits for", joined(version.awaited)}});
    print(Json::parse(version.record, nullptr, false).dump(2));
}

int show(const Globals& globals, const std::string& id) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    const auto answer = session->client.agreement(id);
    const auto agreement = agreement_in(answer);
    if (!agreement) return fail(globals, agreement.error());
    if (globals.output == OutputForm::json) {
        print(Json::parse(answer->json).dump(2));
        return exit_code::done;
    }
    print_fields({{"Agreement", agreement->id},
                  {"State", agreement->state},
                  {"Ended", agreement->ended_at}});
    if (agreement->agreed) print_version("Agreed", *agreement->agreed);
    if (agreement->proposed) print_version("Proposed", *agreement->proposed);
    say_standing(globals, *answer, "", "as agreed: ", "");
    return exit_code::done;
}

struct ListFilters {
    std::string party, state;
    ListOptions list;
};

int list(const Globals& globals, const ListFilters& options) {
    const ListShape shape{
        "agreement",
        "agreements",
        {"AGREEMENT", "STATE", "PARTIES", "PURPOSES", "FROM", "UNTIL", "V", "WAITS FOR"},
        rows_by(api::parse_agreements, [](const api::Agreement& agreement) {
            const api::Agreement::Version none;
            const bool is_agreed = agreement.agreed.has_value();
            const auto& waits = agreement.proposed ? *agreement.proposed : none;
            const auto& shown = is_agreed ? *agreement.agreed : waits;
            return std::vector<std::string>{
                agreement.id,
                agreement.state,
                joined(shown.parties, ","),
                joined(shown.purposes, ","),
                shown.valid_from.substr(0, 10),
                shown.valid_until.empty() ? "open" : shown.valid_until.substr(0, 10),
                std::to_string(shown.version),
                joined(waits.awaited, ",")};
        })};
    const std::vector<Filter> filters{{"party", options.party}, {"state", options.state}};
    return list_items(globals, options.list, shape,
                      [&filters](Client& client, const std::vector<Filter>& paging) {
                          std::vector<Filter> all = filters;
                          all.insert(all.end(), paging.begin(), paging.end());
                          return client.agreements(all);
                      });
}

void add_changes(CLI::App* noun, Globals& globals) {
    CLI::App* proposed = noun->add_subcommand(
        "propose", "Put an agreement to the others; your institution accepts it thereby");
    auto propose_options = std::make_shared<ProposeOptions>();
    proposed->add_option("FILE", propose_options->file, "JSON: consentree/agreement-record/1")
        ->required();
    add_submit_options(proposed, propose_options->submit);
    examples(proposed, "consentree agreement propose agr-7.json --wait",
             "consentree agreement propose agr-7-version-2.json --wait -o json");
    on_run(proposed, globals,
           [&globals, propose_options] { return propose(globals, *propose_options); });

    CLI::App* accepted =
        noun->add_subcommand("accept", "See what was proposed, and accept it for your institution");
    auto accept_options = std::make_shared<AcceptOptions>();
    accepted->add_option("ID", accept_options->id, "Of the agreement")->required();
    auto* by_hash = accepted->add_option("--sha256", accept_options->sha256,
                                         "Accept without asking, if these are the terms");
    accepted
        ->add_option("--file", accept_options->file,
                     "Accept without asking, if this file holds the terms")
        ->excludes(by_hash);
    add_submit_options(accepted, accept_options->submit);
    examples(accepted, "consentree agreement accept agr-7 --wait",
             "consentree agreement accept agr-7 --file agr-7.json --wait");
    on_run(accepted, globals,
           [&globals, accept_options] { return accept(globals, *accept_options); });

    CLI::App* ended = noun->add_subcommand("end", "End an agreement, for all its parties");
    auto end_options = std::make_shared<EndOptions>();
    ended->add_option("ID", end_options->id, "Of the agreement")->required();
    ended->add_option("--reason", end_options->reason, "In words");
    add_submit_options(ended, end_options->submit);
    examples(ended, "consentree agreement end agr-7 --wait",
             "consentree agreement end agr-7 --reason \"project closed\" --wait");
    on_run(ended, globals, [&globals, end_options] { return end(globals, *end_options); });
}

}  // namespace

void add_agreement_commands(CLI::App& app, Globals& globals) {
    CLI::App* noun = app.add_subcommand("agreement", "Data-sharing agreements on the ledger");
    examples(noun, "consentree agreement list --state in_force",
             "consentree agreement propose agr-7.json --wait");
    add_changes(noun, globals);

    CLI::App* shown = noun->add_subcommand("show", "One agreement: what is agreed, what waits");
    auto id = std::make_shared<std::string>();
    shown->add_option("ID", *id, "Of the agreement")->required();
    examples(shown, "consentree agreement show agr-7", "consentree agreement show agr-7 -o json");
    on_run(shown, globals, [&globals, id] { return show(globals, *id); });

    CLI::App* listed = noun->add_subcommand("list", "Agreements as they stand");
    auto filters = std::make_shared<ListFilters>();
    listed->add_option("--party", filters->party, "Institution that is a party");
    listed->add_option("--state", filters->state, "proposed, accepted, in_force, expired or ended");
    add_paging_options(listed, filters->list);
    examples(listed, "consentree agreement list --state in_force",
             "consentree agreement list --party unilab --all -o json");
    on_run(listed, globals, [&globals, filters] { return list(globals, *filters); });
}

}  // namespace consentree::client::cli
