// consentree export: what the ledger proves, in the formats of other standards. Only entries that
// were verified, and proven to be all there are, are written.
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/export/codes.h"
#include "client/export/dpv.h"
#include "client/export/fhir.h"

namespace consentree::client::cli {

using nlohmann::ordered_json;

namespace {

struct ExportOptions {
    std::string kind, issuer, label, form, as_of;
};

constexpr const char* iso = "iso27560";
constexpr const char* r4 = "fhir-r4";
constexpr const char* r5 = "fhir-r5";
constexpr const char* audit = "fhir-auditevent";

Failure nothing(const ExportOptions& options) {
    Failure failure;
    failure.kind = FailureKind::not_found;
    failure.code = "nothing-to-export";
    failure.what = "the ledger has nothing of this kind about " + options.label;
    failure.why = "the answer is proven to be complete";
    failure.hint = "Is the " + options.kind + " spelled as on the ledger? consentree consent list";
    return failure;
}

// Only the consent that was asked for: its key also holds those that took its place.
void keep_asked(exports::Folded& folded, const ExportOptions& options) {
    if (options.kind != "consent") return;
    std::erase_if(folded.consents, [&](const exports::FoldedConsent& one) {
        return exports::text_of(one.record, "consent_id") != options.label ||
               exports::text_of(one.record, "issuer") != options.issuer;
    });
    std::erase_if(folded.accesses, [&](const exports::FoldedAccess& one) {
        return exports::text_of(one.event, "consent_id") != options.label;
    });
}

std::vector<ordered_json> consents_of(const exports::Folded& folded, exports::FhirVersion version) {
    std::vector<ordered_json> resources;
    for (const auto& consent : folded.consents) {
        resources.push_back(exports::fhir_consent(consent, version));
    }
    return resources;
}

std::vector<ordered_json> audit_of(const exports::Folded& folded, std::size_t& left_out) {
    std::vector<ordered_json> resources;
    for (const auto& access : folded.accesses) {
        ordered_json event = exports::fhir_audit_event(access);
        if (event.is_null()) {
            ++left_out;
        } else {
            resources.push_back(std::move(event));
        }
    }
    return resources;
}

// The document, or null if there is nothing to put into it.
ordered_json document_of(const exports::Folded& folded,
                         const ExportOptions& options,
                         std::size_t& left_out) {
    const bool whole_file = options.kind == "subject";
    if (options.form == iso) {
        left_out = folded.accesses.size();
        if (folded.consents.empty()) return nullptr;
        return exports::dpv_receipt(folded, options.label, options.issuer);
    }
    std::vector<ordered_json> resources;
    if (options.form != audit) {
        const auto version =
            options.form == r4 ? exports::FhirVersion::r4 : exports::FhirVersion::r5;
        resources = consents_of(folded, version);
    }
    if (options.form == audit || whole_file) {
        for (ordered_json& event : audit_of(folded, left_out)) {
            resources.push_back(std::move(event));
        }
    } else {
        left_out = 0;
    }
    if (resources.empty()) return nullptr;
    if (resources.size() == 1 && !whole_file && options.form != audit) return resources.front();
    return exports::fhir_bundle(std::move(resources), folded.as_of);
}

int run_export(const Globals& globals, const ExportOptions& options) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    Question question;
    question.kind = options.kind;
    question.label = options.label;
    question.issuer = options.issuer;
    question.as_of = options.as_of;
    const auto found = session->client.evidence(question);
    if (!found) return fail(globals, found.error());
    exports::Folded folded = exports::fold(found->verification);
    keep_asked(folded, options);
    std::size_t left_out = 0;
    const ordered_json document = document_of(folded, options, left_out);
    if (document.is_null()) return fail(globals, nothing(options));
    print(document.dump(2));
    for (const std::string& sentence : found->verification.proven) say(globals, sentence);
    if (left_out > 0 && (options.kind == "subject" || options.form == audit)) {
        say(globals, std::to_string(left_out) + " access entries have no form in " + options.form +
                         " and are not in it: consentree report evidence has them all");
    }
    return exit_code::done;
}

CLI::App* add_export(CLI::App* parent,
                     Globals& globals,
                     const std::string& kind,
                     const std::string& about,
                     const std::vector<std::string>& forms,
                     const std::shared_ptr<ExportOptions>& options) {
    CLI::App* command = parent->add_subcommand(kind, about);
    std::string names;
    for (const std::string& form : forms) names += (names.empty() ? "" : ", ") + form;
    command->add_option("--as", options->form, names)
        ->required()
        ->check(CLI::IsMember(forms).description(""))
        ->type_name("FORM");
    command->add_option("--as-of", options->as_of, "A block's height or a time: as it stood then");
    on_run(command, globals, [&globals, options] { return run_export(globals, *options); });
    return command;
}

}  // namespace

void add_export_commands(CLI::App& app, Globals& globals) {
    CLI::App* noun =
        app.add_subcommand("export", "Proven records in the formats of other standards");
    examples(noun, "consentree export consent northbank cns_01JD9M2V0Q --as iso27560",
             "consentree export subject sub:8f2c --as fhir-r4");

    auto consent = std::make_shared<ExportOptions>();
    consent->kind = "consent";
    CLI::App* one = add_export(noun, globals, "consent", "One consent, as a receipt or a resource",
                               {iso, r4, r5}, consent);
    one->add_option("ISSUER", consent->issuer, "Institution that keeps the record")->required();
    one->add_option("ID", consent->label, "Of the consent")->required();
    examples(one, "consentree export consent northbank cns_01JD9M2V0Q --as iso27560",
             "consentree export consent northbank cns_01JD9M2V0Q --as fhir-r5 --as-of 120");

    auto access = std::make_shared<ExportOptions>();
    access->kind = "consent";
    CLI::App* uses =
        add_export(noun, globals, "access", "The accesses under one consent", {audit}, access);
    uses->add_option("ISSUER", access->issuer, "Institution that keeps the record")->required();
    uses->add_option("ID", access->label, "Of the consent")->required();
    examples(uses, "consentree export access northbank cns_01JD9M2V0Q --as fhir-auditevent",
             "consentree export access northbank cns_01JD9M2V0Q --as fhir-auditevent --as-of "
             "2026-12-01");

    auto subject = std::make_shared<ExportOptions>();
    subject->kind = "subject";
    CLI::App* whole =
        add_export(noun, globals, "subject", "All about one person: the copy of GDPR 15(3) and 20",
                   {iso, r4, r5, audit}, subject);
    whole->add_option("LABEL", subject->label, "Of the subject")->required();
    examples(whole, "consentree export subject sub:8f2c --as fhir-r4",
             "consentree export subject sub:8f2c --as iso27560 > receipt.json");
}

}  // namespace consentree::client::cli
