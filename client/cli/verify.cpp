#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "common/files.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t file_bytes = 129 * 1024 * 1024;  // Evidence is the longest.
constexpr std::size_t events_shown = 50;
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

int code_of(Standing standing) {
    switch (standing) {
        case Standing::verified: return exit_code::done;
        case Standing::failed: return exit_code::tampered;
        case Standing::undecidable: return exit_code::undecidable;
    }
    return exit_code::undecidable;
}

std::string word_of(Standing standing) {
    switch (standing) {
        case Standing::verified: return "verified";
        case Standing::failed: return "failed";
        case Standing::undecidable: return "undecidable";
    }
    return "undecidable";
}

void print_json(const Verification& verification) {
    Json json;
    json["result"] = word_of(verification.standing);
    if (!verification.reason.empty()) json["reason"] = verification.reason;
    if (verification.standing == Standing::verified) {
        json["network"] = verification.network;
        json["origin"] = verification.origin;
        json["tx_id"] = verification.tx_id;
        json["proven"] = verification.proven;
        json["as_of"] = verification.as_of;
        json["tree_size"] = verification.tree_size;
        json["signers"] = verification.signers;
        json["signers_needed"] = verification.quorum;
        json["not_checked"] = verification.not_checked;
        json["events"] = Json::array();
        for (const auto& event : verification.events) {
            json["events"].push_back({{"position", event.position},
                                      {"index", event.index},
                                      {"height", event.height},
                                      {"time", event.committed_at},
                                      {"type", event.type},
                                      {"verdict", event.verdict},
                                      {"event", Json::parse(event.json, nullptr, false)}});
        }
    }
    print(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_list(const std::string& heading, const std::vector<std::string>& lines) {
    print("  " + heading);
    for (const std::string& line : lines) print("    · " + printable(line));
}

void print_verified(const std::string& file, const Verification& verification) {
    print("✓ verified   " + printable(file));
    if (!verification.tx_id.empty()) print("  Transaction  " + verification.tx_id);
    print("  Log          " + printable(verification.origin) + ", " +
          grouped(verification.tree_size) + " entries");
    std::size_t shown = 0;
    for (const auto& event : verification.events) {
        if (shown++ == events_shown) {
            print("  … and " + grouped(verification.events.size() - events_shown) +
                  " more; -o json has them all");
            break;
        }
        const std::string name = verification.tx_id.empty()
                                     ? "Entry " + std::to_string(event.index)
                                     : "Event " + std::to_string(event.position);
        print("  " + name + "      " + printable(event.type) +
              (event.verdict.empty() ? "" : ", verdict " + event.verdict) + ", recorded " +
              event.committed_at + " at height " + std::to_string(event.height) + ", entry " +
              std::to_string(event.index));
    }
    print_list("Proven", verification.proven);
    print("  As of        " + (verification.as_of.empty() ? "unknown" : verification.as_of));
    print_list("Signed by (" + std::to_string(verification.signers.size()) + ", needed " +
                   std::to_string(verification.quorum) + ")",
               verification.signers);
    print_list("Not checked", verification.not_checked);
}

int verify(const Globals& globals, const std::string& file) {
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
    const auto receipt = read_file(file, file_bytes);
    if (!receipt) {
        return fail(globals, cannot_read("receipt", file, FailureKind::not_found, ""));
    }
    const auto trust = read_file(context->trust, trust_bytes);
    if (!trust) {
        return fail(globals, cannot_read("trust file", context->trust, FailureKind::undecidable,
                                         "Give another with --trust FILE."));
    }
    const bool is_receipt = !is_evidence(*receipt);
    const Verification verification =
        is_receipt ? verify_receipt(*receipt, *trust) : verify_evidence(*receipt, *trust);
    if (globals.output == OutputForm::json) {
        print_json(verification);
    } else if (verification.standing == Standing::verified) {
        print_verified(file, verification);
    } else {
        Failure failure;
        const bool failed = verification.standing == Standing::failed;
        failure.kind = failed ? FailureKind::verification_failed : FailureKind::undecidable;
        failure.code = std::string(is_receipt ? "receipt" : "evidence") +
                       (failed ? "-failed" : "-undecidable");
        failure.what = failed ? "verification FAILED: " + file + " has been altered or forged"
                              : "cannot be decided: " + file + " is not disproved, nor proved";
        failure.why = verification.reason;
        failure.hint = failed ? "Keep the file as it is, and ask another node for it."
                              : "Is the trust file the one of this network?";
        return fail(globals, failure);
    }
    return code_of(verification.standing);
}

}  // namespace

void add_verify_command(CLI::App& app, Globals& globals) {
    CLI::App* command = app.add_subcommand(
        "verify", "Check a receipt or evidence offline, with nothing but a trust file");
    auto file = std::make_shared<std::string>();
    command->add_option("FILE", *file, "A receipt, or a file of evidence")->required();
    examples(command, "consentree verify cns_01JD9M2V0Q.receipt.json --trust trust.policy",
             "consentree verify case.ctree --trust trust.policy -o json");
    on_run(command, globals, [&globals, file] { return verify(globals, *file); });
}

}  // namespace consentree::client::cli
