// Reports: answers that are proven complete.
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/cli/report_named.h"
#include "client/cli/session.h"
#include "common/files.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

struct EvidenceOptions {
    std::string subject, consent, issuer, actor, provider, from, to, as_of;
    std::vector<std::string> outputs;  // "json" and "table" are forms, else it is the file.
};

// The file to write, the last that is named; -o json and -o table keep their meaning.
std::string file_of(const EvidenceOptions& options, Globals& globals) {
    std::string file;
    for (const std::string& output : options.outputs) {
        if (output == "json") {
            globals.output = OutputForm::json;
        } else if (output == "table") {
            globals.output = OutputForm::table;
        } else {
            file = output;
        }
    }
    return file;
}

// The one key that the options name; an empty label if they name none or several.
Question question_of(const EvidenceOptions& options) {
    Question question;
    question.issuer = options.issuer;
    question.from = options.from;
    question.to = options.to;
    question.as_of = options.as_of;
    const std::pair<const char*, const std::string*> keys[] = {{"subject", &options.subject},
                                                               {"consent", &options.consent},
                                                               {"actor", &options.actor},
                                                               {"provider", &options.provider}};
    std::size_t named = 0;
    for (const auto& [kind, label] : keys) {
        if (label->empty()) continue;
        ++named;
        question.kind = kind;
        question.label = *label;
    }
    if (named != 1) question.label.clear();
    return question;
}

int evidence(Globals& globals, const EvidenceOptions& options) {
    const Question question = question_of(options);
    const std::string file = file_of(options, globals);
    const std::string hint = "consentree report evidence --subject sub:8f2c -o case.ctree";
    if (question.label.empty()) {
        return usage(globals, "evidence is about exactly one subject, consent, actor or provider",
                     hint);
    }
    if (file.empty()) return usage(globals, "-o FILE names the file to write", hint);
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    const auto found = session->client.evidence(question, progress_bar(globals));
    if (!found) return fail(globals, found.error());
    if (!replace_file(file, found->json)) {
        Failure failure;
        failure.code = "file-unusable";
        failure.what = "the evidence cannot be written to " + file;
        return fail(globals, failure);
    }
    if (globals.output == OutputForm::json) {
        const Verification& verified = found->verification;
        print(nlohmann::ordered_json{{"result", "verified"},
                                     {"file", file},
                                     {"entries", verified.events.size()},
                                     {"proven", verified.proven},
                                     {"as_of", verified.as_of},
                                     {"not_checked", verified.not_checked}}
                  .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
        return exit_code::done;
    }
    for (const std::string& sentence : found->verification.proven) say(globals, sentence);
    say_done(globals,
             "verified and saved to " + file + "    check it offline:  consentree verify " + file);
    return exit_code::done;
}

}  // namespace

void add_report_commands(CLI::App& app, Globals& globals) {
    CLI::App* report = app.add_subcommand("report", "Answers that are proven complete");
    examples(report, "consentree report accesses --subject sub:8f2c --from 2026-11-01",
             "consentree report evidence --actor unilab --from 2026-11-01 --to 2026-12-01 "
             "-o november.ctree");
    CLI::App* command = report->add_subcommand(
        "evidence", "Everything recorded under one key in a time, and proof that it is everything");
    auto options = std::make_shared<EvidenceOptions>();
    command->add_option("--subject", options->subject, "Subject label");
    command->add_option("--consent", options->consent, "Consent id");
    command->add_option("--issuer", options->issuer, "Of that consent; default: your institution");
    command->add_option("--actor", options->actor, "Institution that accessed, or may");
    command->add_option("--provider", options->provider, "Institution that holds the data");
    command->add_option("--from", options->from, "Block time: RFC 3339 or a date");
    command->add_option("--to", options->to, "Block time; not included");
    command->add_option("--as-of", options->as_of, "A block's height or a time: as it stood then");
    command
        ->add_option("-o,--output,--save", options->outputs,
                     "The file to write; json or table: the form of what is printed")
        ->allow_extra_args(false)
        ->type_name("FILE");
    examples(command, "consentree report evidence --subject sub:8f2c -o case.ctree",
             "consentree report evidence --consent cns_01JD9M2V0Q --issuer northbank --as-of 120 "
             "-o consent.ctree");
    on_run(command, globals, [&globals, options] { return evidence(globals, *options); });
    add_named_reports(report, globals);
}

}  // namespace consentree::client::cli
