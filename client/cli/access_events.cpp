// What follows an access request, and what subjects ask for: access deliver, rights request, ...
#include "client/api.h"
#include "client/cli/form.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/cli/receipts.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Kind = FieldKind;

struct EventCommand {
    const char* noun;
    const char* verb;
    const char* help;
    const char* type;
    std::span<const Field> fields;
    const char* first_example;  // After "consentree <noun> <verb> ".
    const char* second_example;
};

constexpr Field delivery{"--delivery", "delivery", "Event id of the delivery", Kind::text, true};
constexpr Field content{"--content", "content_commitment",
                        "Salted SHA-256 of what was handed over"};
constexpr Field purpose{"--purpose", "purpose", "Code of the purpose", Kind::text, true};
constexpr Field data{"--data", "categories", "Categories, with commas between", Kind::list, true};
constexpr Field place{"--place", "place", "ISO 3166 code"};
constexpr Field basis{"--legal-basis", "legal_basis", "Default: consent",
                      Kind::text,      false,         "consent"};
constexpr Field request{"--request", "request", "Event id of the request", Kind::text, true};
constexpr Field result{"--result", "result", "done, refused, partial or lifted", Kind::text, true};
constexpr Field ground{"--ground", "ground", "Code of why, unless it is wholly met"};

constexpr Field deliver_fields[] = {
    {"--status", "status",
     "RESOURCE=STATUS: ready, delivered, denied, timeout, pending, failed (default: all=delivered)",
     Kind::status, false, "all=delivered"},
    {"--records", "record_count", "How many records", Kind::number},
    {"--bytes", "byte_count", "How many bytes", Kind::number},
    {"--data-from", "data_from", "Start of the range of the data", Kind::time},
    {"--data-until", "data_until", "Its end", Kind::time},
    content};
constexpr Field receive_fields[] = {delivery, content};
constexpr Field deny_fields[] = {
    {"--reason", "reasons", "Codes, with commas between", Kind::list, true}};
constexpr Field decide_fields[] = {
    {"--claim", "claimed", "permit or deny", Kind::text, true},
    {"--reason", "reasons", "Codes, with commas between", Kind::list},
    {"--policy", "policy_version", "Version of the policy that decided", Kind::text, true}};
constexpr Field use_fields[] = {{"--delivery", "delivery", "Event id of the delivery"},
                                purpose,
                                data,
                                {"--action", "action", "Default: view", Kind::text, false, "view"},
                                place,
                                basis};
constexpr Field disclose_fields[] = {
    delivery, {"--to", "onward_party", "Who receives the data", Kind::text, true},
    purpose,  data,
    place,    basis};
constexpr Field delete_fields[] = {
    {"--delivery", "deliveries", "Event ids of deliveries, commas between", Kind::list, true},
    {"--method", "method", "Code: overwrite, crypto-erase, ...", Kind::text, true},
    {"--attestation", "attestation", "What is attested, in words", Kind::text, true}};
constexpr Field override_fields[] = {
    {"--reason", "reason", "Why the glass is broken, in words", Kind::text, true},
    {"--approver", "approver", "Label of who approved it", Kind::text, true},
    {"--until", "until", "End: 2027-06-30T12:00:00Z, 1d", Kind::time, true}};
constexpr Field correct_fields[] = {
    {"--tx", "target_tx", "Transaction of the event that is wrong", Kind::text, true},
    {"--position", "target_position", "Of the event in it (default: 0)", Kind::number, false, "0"},
    {"--reason", "reason", "What is wrong, in words", Kind::text, true}};
constexpr Field rights_request_fields[] = {
    {"--right", "right", "access, rectify, restrict, port or object", Kind::text, true},
    {"--due", "due", "When it must be answered", Kind::time}};
constexpr Field result_fields[] = {request, result, ground};
constexpr Field erasure_request_fields[] = {
    {"--scope", "scope", "What is to be erased: codes, commas between", Kind::list, true},
    {"--ground", "ground", "Code of the ground", Kind::text, true},
    {"--due", "due", "When it must be answered: 30d", Kind::time, true}};
constexpr Field breach_fields[] = {
    {"--detected", "detected_at", "When it was detected", Kind::time, true},
    {"--authority-told", "notified_authority_at", "When the authority was told", Kind::time},
    {"--subjects-told", "notified_subjects_at", "When the subjects were told", Kind::time},
    {"--affected", "sessions", "Sessions that are affected, commas between", Kind::list},
    {"--affected-of", "query.actor_org", "Or: all sessions of this institution,"},
    {"--affected-from", "query.from", "from this time", Kind::time},
    {"--affected-until", "query.until", "until this one", Kind::time},
    data,
    {"--count", "count", "How many subjects", Kind::number, true},
    {"--cause", "cause", "In words"}};

constexpr EventCommand commands[] = {
    {"access", "deliver", "Record that the provider handed data over", "access.delivery",
     deliver_fields, "--consent cns_01JD9M2V0Q --session ses_01JD9 --records 12 --wait",
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --status acc-1=delivered,acc-2=timeout"},
    {"access", "receive", "Record that the recipient got a delivery", "access.receipt",
     receive_fields, "--consent cns_01JD9M2V0Q --session ses_01JD9 --delivery acc_01JD9 --wait",
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --delivery acc_01JD9 -o json --wait"},
    {"access", "deny", "Record that the provider refused an access", "access.denial", deny_fields,
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --reason PURPOSE_MISMATCH --wait",
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --reason EXPIRED,RESTRICTED"},
    {"access", "decide", "Record what the provider decided", "access.decision", decide_fields,
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --claim permit --policy p1 --wait",
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --claim deny --reason EXPIRED --policy p1"},
    {"access", "use", "Record a use of what was delivered; its verdict comes with it", "access.use",
     use_fields,
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --purpose research --data lab-results --wait",
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --purpose research --data lab-results "
     "--action derive --wait"},
    {"access", "disclose", "Record that data was passed on; its verdict comes with it",
     "access.disclosure", disclose_fields,
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --delivery acc_01JD9 --to citygov "
     "--purpose research --data lab-results --wait",
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --delivery acc_01JD9 --to citygov "
     "--purpose audit --data lab-results --legal-basis legal_obligation"},
    {"access", "delete", "Record that what was delivered was deleted", "access.deletion",
     delete_fields,
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --delivery acc_01JD9 --method overwrite "
     "--attestation \"all copies\" --wait",
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --delivery acc_01JD9,acc_01JDA "
     "--method crypto-erase --attestation \"key destroyed\""},
    {"access", "override", "Record break-glass access: let in in spite of failing checks",
     "access.override", override_fields,
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --reason \"patient unconscious\" "
     "--approver dr-lee --until 1d --wait",
     "--consent cns_01JD9M2V0Q --session ses_01JD9 --reason emergency --approver dr-lee "
     "--until 2027-06-30T12:00:00Z"},
    {"access", "correct", "Record that an event of one's own was wrong", "access.correction",
     correct_fields,
     "--consent cns_01JD9M2V0Q --reason \"12 records, not 21\" --wait "
     "--tx 3f9a6f0e6b6f4d1c8a7e5b3c2d1f0e9d8c7b6a5948372615f4e3d2c1b0a99ac1",
     "--subject sub:8f2c --reason \"wrong place\" --position 1 "
     "--tx 3f9a6f0e6b6f4d1c8a7e5b3c2d1f0e9d8c7b6a5948372615f4e3d2c1b0a99ac1"},
    {"rights", "request", "Record what a subject asks of an institution", "access.rights_request",
     rights_request_fields, "--subject sub:8f2c --right restrict --wait",
     "--subject sub:8f2c --right access --due 30d --actor unilab --wait"},
    {"rights", "result", "Record what became of it", "access.rights_result", result_fields,
     "--subject sub:8f2c --request rgt_01JD9 --result lifted --wait",
     "--subject sub:8f2c --request rgt_01JD9 --result refused --ground legal-claim --wait"},
    {"erasure", "request", "Record that a subject asks for erasure", "access.erasure_request",
     erasure_request_fields,
     "--subject sub:8f2c --scope lab-results --ground withdrawn --due 30d --wait",
     "--subject sub:8f2c --scope all --ground no-longer-needed --due 2027-06-30"},
    {"erasure", "result", "Record what became of it", "access.erasure_result", result_fields,
     "--subject sub:8f2c --request rgt_01JD9 --result done --wait",
     "--subject sub:8f2c --request rgt_01JD9 --result partial --ground legal-obligation --wait"},
    {"breach", "record", "Record a breach of data that was accessed", "access.breach",
     breach_fields,
     "--detected 2026-11-22 --affected ses_01JD9 --data lab-results --count 12 --wait",
     "--detected 2026-11-22 --affected-of unilab --affected-from 2026-11-01 "
     "--affected-until 2026-11-22 --data lab-results --count 1200 --cause \"lost laptop\""},
};

struct EventOptions {
    AccessEvent event;
    FieldValues values;
    SubmitOptions submit;
};

int record(const Globals& globals, const EventCommand& command, const EventOptions& options) {
    const auto began = std::chrono::steady_clock::now();
    auto members = members_of(command.fields, options.values);
    if (!members) return fail(globals, members.error());
    // "reasons" must be there, also when there are none.
    if (options.event.type == "access.decision" && !members->contains("reasons")) {
        (*members)["reasons"] = nlohmann::ordered_json::array();
    }
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    AccessEvent event = options.event;
    event.members = members->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    auto submitted = session->client.submit(event, wait_of(options.submit));
    const std::string id = submitted ? submitted->event_id : "";
    return report_submission(globals, *session, {command.noun, id, id}, options.submit, submitted,
                             began);
}

void add_common(CLI::App* command, const EventCommand& what, AccessEvent& event) {
    const std::string_view noun = what.noun;
    const bool of_consent = noun == "access";
    command->add_option("--subject", event.subject,
                        of_consent ? "Label of the person (default: the consent's)"
                                   : "Label of the person: sub:8f2c");
    command->add_option("--consent", event.consent_id, "The consent relied on");
    command->add_option("--issuer", event.issuer, "Of the consent (default: asked of a node)");
    command->add_option("--version", event.version, "Of the consent");
    command->add_option("--actor", event.actor,
                        "Institution that it is about (default: own; of what a provider records "
                        "the consent's recipient)");
    command->add_option("--actor-user", event.actor_user, "Label of the person who acts");
    command->add_option("--session", event.session_id, "As access record printed it");
    command->add_option("--event", event.event_id, "Default: a new one");
    command->add_option("--under", event.agreement, "Data-sharing agreement on the ledger");
    command->add_option("--trace", event.trace_id, "Id of the caller's own request");
    command->add_option("--occurred-at", event.occurred_at, "Default: now");
}

void add_event(CLI::App* noun, Globals& globals, const EventCommand& what) {
    CLI::App* command = noun->add_subcommand(what.verb, what.help);
    auto options = std::make_shared<EventOptions>();
    options->event.type = what.type;
    add_fields(command, what.fields, options->values);
    add_common(command, what, options->event);
    add_submit_options(command, options->submit);
    const std::string line = "consentree " + std::string(what.noun) + " " + what.verb + " ";
    examples(command, line + what.first_example, line + what.second_example);
    on_run(command, globals,
           [&globals, &what, options] { return record(globals, what, *options); });
}

int list_restrictions(const Globals& globals, const std::string& subject) {
    const ListShape shape{"restriction",
                          "restrictions",
                          {"INSTITUTION", "RIGHT", "SINCE", "DUE", "REQUEST", "ENTRY"},
                          rows_by(api::parse_restrictions, [](const api::Restriction& one) {
                              return std::vector<std::string>{
                                  one.institution, one.right,
                                  one.since,       one.due,
                                  one.request,     one.entry ? std::to_string(*one.entry) : ""};
                          })};
    return list_items(globals, {}, shape, [&subject](Client& client, const std::vector<Filter>&) {
        return client.restrictions(subject);
    });
}

}  // namespace

void add_access_events(CLI::App* noun, Globals& globals) {
    for (const EventCommand& command : commands) {
        if (noun->get_name() == command.noun) add_event(noun, globals, command);
    }
}

void add_rights_commands(CLI::App& app, Globals& globals) {
    CLI::App* rights =
        app.add_subcommand("rights", "What subjects ask of those who hold their data");
    examples(rights, "consentree rights request --subject sub:8f2c --right restrict --wait",
             "consentree rights list sub:8f2c");
    add_access_events(rights, globals);
    CLI::App* list = rights->add_subcommand("list", "Restrictions and objections in force");
    auto subject = std::make_shared<std::string>();
    list->add_option("SUBJECT", *subject, "Label of the person: sub:8f2c")->required();
    examples(list, "consentree rights list sub:8f2c", "consentree rights list sub:8f2c -o json");
    on_run(list, globals, [&globals, subject] { return list_restrictions(globals, *subject); });

    CLI::App* erasure =
        app.add_subcommand("erasure", "Requests for erasure, and what became of them");
    examples(erasure,
             "consentree erasure request --subject sub:8f2c --scope all --ground withdrawn "
             "--due 30d --wait",
             "consentree erasure result --subject sub:8f2c --request rgt_01JD9 --result done");
    add_access_events(erasure, globals);

    CLI::App* breach = app.add_subcommand("breach", "Breaches of data that was accessed");
    examples(breach,
             "consentree breach record --detected 2026-11-22 --affected ses_01JD9 "
             "--data lab-results --count 12 --wait",
             "consentree breach record --help");
    add_access_events(breach, globals);
}

}  // namespace consentree::client::cli
