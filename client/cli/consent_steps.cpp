// The steps of a consent that bring no record: authorise, suspend, withdraw, resource-add, ...
#include "client/cli/consent.h"
#include "client/cli/output.h"
#include "client/cli/receipts.h"

namespace consentree::client::cli {

namespace {

struct StepCommand {
    const char* verb;
    const char* help;
    const char* type;
    const char* more;  // Of the second example.
};

constexpr StepCommand commands[] = {
    {"authorise", "Record that a grantor joins in", "consent.authorise", "--method sca"},
    {"reject", "Record that it was refused, or drop an amendment that waits", "consent.reject",
     "--reason declined"},
    {"suspend", "Record that it rests: no access until it is resumed", "consent.suspend",
     "--reason \"account blocked\""},
    {"resume", "Record that it no longer rests", "consent.resume", "--by sub:8f2c"},
    {"withdraw", "Record that the person ended it", "consent.withdraw",
     "--reason no-longer-needed"},
    {"revoke", "Record that an institution ended it", "consent.revoke",
     "--reason no-longer-needed"},
    {"invalidate", "Record that it never held (authorities, and its issuer)", "consent.invalidate",
     "--reason forged"},
    {"resource-add", "Record that accounts or records come into its scope", "consent.resource_add",
     "--reason \"account opened\""},
    {"resource-remove", "Record that accounts or records leave its scope",
     "consent.resource_remove", "--by sub:77aa"},
};

struct StepOptions {
    ConsentStep step;
    SubmitOptions submit;
};

int record(const Globals& globals, const std::string& verb, const StepOptions& options) {
    const auto began = std::chrono::steady_clock::now();
    auto session = open_session(globals, Needs::signing);
    if (!session) return fail(globals, session.error());
    auto submitted = session->client.submit(options.step, wait_of(options.submit));
    const std::string& id = options.step.consent_id;
    std::string stem = id + "." + verb;
    if (!options.step.grantor.empty()) stem += "." + options.step.grantor;
    return report_submission(globals, *session, {"consent", id, stem}, options.submit, submitted,
                             began);
}

void add_step(CLI::App* consent, Globals& globals, const StepCommand& what) {
    CLI::App* command = consent->add_subcommand(what.verb, what.help);
    auto options = std::make_shared<StepOptions>();
    ConsentStep& step = options->step;
    step.type = what.type;
    command->add_option("ID", step.consent_id, "Of the consent")->required();
    command->add_option("--issuer", step.issuer, "If two issuers use the id");
    command->add_option("--version", step.version, "That it is about (default: asked of a node)");
    std::string line = "consentree consent " + std::string(what.verb) + " cns_01JD9M2V0Q";
    if (step.type == "consent.authorise") {
        command->add_option("--grantor", step.grantor, "Who joins in")->required();
        command->add_option("--method", step.method, "Code of how it was authenticated");
        line += " --grantor sub:8f2c";
    } else {
        if (step.type.starts_with("consent.resource_")) {
            command->add_option("--resource", step.resources, "Codes, with commas between")
                ->required()
                ->delimiter(',')
                ->allow_extra_args(false);
            line += " --resource acct-2";
        }
        command->add_option("--reason", step.reason, "In words");
        command->add_option("--by", step.by, "Label of who asked for it");
    }
    add_submit_options(command, options->submit);
    examples(command, line + " --wait", line + " " + what.more + " --wait");
    on_run(command, globals, [&globals, verb = std::string(what.verb), options] {
        return record(globals, verb, *options);
    });
}

}  // namespace

void add_consent_steps(CLI::App* consent, Globals& globals) {
    for (const StepCommand& command : commands) add_step(consent, globals, command);
}

}  // namespace consentree::client::cli
