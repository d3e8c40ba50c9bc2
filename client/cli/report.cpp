// Reports: answers that are proven complete.
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "common/files.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

struct EvidenceOptions {
    std::string subject, consent, issuer, actor, provider, from, to, file;
};

// The one key that the options name; an empty label if they name none or several.
Question question_of(const EvidenceOptions& options) {
    Question question;
    question.issuer = options.issuer;
    question.from = options.from;
    question.to = options.to;
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

int evidence(const Globals& globals, const EvidenceOptions& options) {
    const Question question = question_of(options);
    if (question.label.empty()) {
        Failure failure;
        failure.kind = FailureKind::usage;
        failure.code = "usage";
        failure.what = "evidence is about exactly one subject, consent, actor or provider";
        failure.hint = "consentree report evidence --subject sub:8f2c --save case.ctree";
        return fail(globals, failure);
    }
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    const auto found = session->client.evidence(question);
    if (!found) return fail(globals, found.error());
    if (!replace_file(options.file, found->json)) {
        Failure failure;
        failure.code = "file-unusable";
        failure.what = "the evidence cannot be written to " + options.file;
        return fail(globals, failure);
    }
    if (globals.output == OutputForm::json) {
        const Verification& verified = found->verification;
        print(nlohmann::ordered_json{{"result", "verified"},
                                     {"file", options.file},
                                     {"entries", verified.events.size()},
                                     {"proven", verified.proven},
                                     {"as_of", verified.as_of},
                                     {"not_checked", verified.not_checked}}
                  .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
        return exit_code::done;
    }
    for (const std::string& sentence : found->verification.proven) say(globals, sentence);
    say_done(globals, "verified and saved to " + options.file +
                          "    check it offline:  consentree verify " + options.file);
    return exit_code::done;
}

}  // namespace

void add_report_commands(CLI::App& app, Globals& globals) {
    CLI::App* report = app.add_subcommand("report", "Answers that are proven complete");
    examples(report, "consentree report evidence --subject sub:8f2c --save case.ctree",
             "consentree report evidence --actor unilab --from 2026-11-01 --to 2026-12-01 "
             "--save november.ctree");
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
    command->add_option("--save", options->file, "The file to write")->required();
    examples(command, "consentree report evidence --subject sub:8f2c --save case.ctree",
             "consentree report evidence --consent cns_01JD9M2V0Q --issuer northbank --save "
             "consent.ctree");
    on_run(command, globals, [&globals, options] { return evidence(globals, *options); });
}

}  // namespace consentree::client::cli
