#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/report/check.h"
#include "common/files.h"

namespace consentree::client::cli {

namespace {

constexpr std::size_t trust_bytes = 256 * 1024;

Failure cannot_read(const std::string& what,
                    const std::string& path,
                    FailureKind kind,
                    const std::string& hint) {
    Failure failure;
    failure.kind = kind;
    failure.code = "file-unusable";
    failure.what = "cannot read the " + what + " " + path;
    failure.hint = hint;
    return failure;
}

int verify_command(const Globals& globals, const std::string& file) {
    auto context = resolve_context(globals);
    if (!context) return fail(globals, context.error());
    if (context->trust.empty()) {
        Failure failure;
        failure.kind = FailureKind::undecidable;
        failure.code = "trust-file-missing";
        failure.what = "cannot be decided: no trust file says whose signatures count";
        failure.hint = "consentree verify " + file + " --trust trust.policy";
        return fail(globals, failure);
    }
    const auto text = read_file(file, verifier::file_bytes);
    if (!text) return fail(globals, cannot_read("file", file, FailureKind::not_found, ""));
    const auto trust = read_file(context->trust, trust_bytes);
    if (!trust) {
        return fail(globals, cannot_read("trust file", context->trust, FailureKind::undecidable,
                                         "Give another with --trust FILE."));
    }
    const Verification report = report::looks_like_report(*text)
                                    ? report::verify_report(*text, *trust)
                                    : verify_file(*text, *trust);
    if (globals.output == OutputForm::json) {
        print(verifier::to_json(report));
    } else if (report.standing == Standing::verified) {
        print(verifier::to_text(report, file));
    } else {
        const verifier::Complaint complaint = verifier::complaint_of(report, file);
        Failure failure;
        failure.kind = report.standing == Standing::failed ? FailureKind::verification_failed
                                                           : FailureKind::undecidable;
        failure.code = complaint.code;
        failure.what = complaint.what;
        failure.why = complaint.why;
        failure.hint = complaint.hint;
        return fail(globals, failure);
    }
    return verifier::exit_code_of(report.standing);
}

}  // namespace

void add_verify_command(CLI::App& app, Globals& globals) {
    CLI::App* command = app.add_subcommand(
        "verify",
        "Check a receipt, evidence, a report, a checkpoint or a fork offline, with nothing but a "
        "trust file");
    auto file = std::make_shared<std::string>();
    command
        ->add_option(
            "FILE", *file,
            "A receipt, a file of evidence, a report in JSON, a checkpoint, or evidence of a fork")
        ->required();
    examples(command, "consentree verify cns_01JD9M2V0Q.receipt.json --trust trust.policy",
             "consentree verify case.ctree --trust trust.policy -o json");
    on_run(command, globals, [&globals, file] { return verify_command(globals, *file); });
}

}  // namespace consentree::client::cli
