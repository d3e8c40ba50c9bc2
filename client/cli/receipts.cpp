#include "client/cli/receipts.h"

#include "client/cli/output.h"
#include "common/files.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

double seconds_since(std::chrono::steady_clock::time_point began) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

std::string spoken(double seconds) {
    char text[32];
    std::snprintf(text, sizeof text, seconds < 0.1 ? "%.3f s" : "%.1f s", seconds);
    return text;
}

// The file's name, or empty if it could not be written: that is a warning, for the transaction
// stands all the same.
std::string save(const Globals& globals, const std::string& path, const std::string& json) {
    if (replace_file(path, json)) return path;
    warn(globals, "the receipt could not be saved to " + path);
    return {};
}

std::string verify_command(const Globals& globals,
                           const Session& session,
                           const std::string& file) {
    std::string command = "consentree verify " + file;
    if (!globals.trust.empty()) command += " --trust " + session.context.trust;
    return command;
}

// Of an access; empty if events of its kind have none.
std::string verdict_of(const Subject& subject, const Submitted& submitted) {
    const auto& events = submitted.receipt.verification.events;
    return subject.label == "access" && !events.empty() ? events.front().verdict : std::string();
}

void print_json(const Subject& subject,
                const Submitted& submitted,
                const std::string& file,
                double seconds) {
    nlohmann::ordered_json json;
    json["status"] = submitted.committed ? "committed" : "pending";
    json["tx_id"] = submitted.tx_id;
    if (!submitted.consent_id.empty()) json["consent_id"] = submitted.consent_id;
    if (!submitted.event_id.empty()) json["event_id"] = submitted.event_id;
    if (!submitted.session_id.empty()) json["session_id"] = submitted.session_id;
    if (!verdict_of(subject, submitted).empty()) json["verdict"] = verdict_of(subject, submitted);
    if (submitted.committed) {
        json["height"] = submitted.height;
        json["time"] = submitted.committed_at;
        json["verified"] = submitted.receipt.verified();
        json["receipt"] = file;
    }
    json["seconds"] = std::round(seconds * 1000) / 1000;
    print(json.dump(2));
}

}  // namespace

void add_submit_options(CLI::App* command, SubmitOptions& options) {
    command->add_flag("--wait", options.wait, "Until it is committed; verify and save its receipt");
    command->add_option("--receipt", options.receipt, "File for the receipt (with --wait)");
}

std::string receipt_file_name(const std::string& stem) {
    std::string name = stem;
    for (char& c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        if (!plain) c = '_';
    }
    if (name.empty() || name.front() == '.') name.insert(0, "_");
    return name + ".receipt.json";
}

int report_submission(const Globals& globals,
                      const Session& session,
                      const Subject& subject,
                      const SubmitOptions& options,
                      const Outcome<Submitted>& submitted,
                      std::chrono::steady_clock::time_point began) {
    if (!submitted) return fail(globals, submitted.error());
    const double seconds = seconds_since(began);
    if (!submitted->from_agreement.empty()) {
        std::string members;
        for (const std::string& member : submitted->from_agreement) members += " " + member;
        say_more(globals, session.context.agreement + " supplied:" + members);
    }
    std::string file;
    if (submitted->committed) {
        const std::string path =
            options.receipt.empty() ? receipt_file_name(subject.stem) : options.receipt;
        file = save(globals, path, submitted->receipt.json);
    }
    if (globals.output == OutputForm::json) {
        print_json(subject, *submitted, file, seconds);
        return exit_code::done;
    }
    std::string ids = subject.id.empty() ? "" : "     " + subject.label + "  " + subject.id;
    if (!submitted->session_id.empty()) ids += "     session  " + submitted->session_id;
    ids += "     tx  " + submitted->tx_id;
    if (!submitted->committed) {
        print("✓ accepted, not yet decided" + ids);
        say(globals, "  follow it:  consentree tx wait " + submitted->tx_id);
        return exit_code::done;
    }
    print("✓ committed at height " + grouped(submitted->height) + " in " + spoken(seconds) + ids);
    const std::string verdict = verdict_of(subject, *submitted);
    if (!verdict.empty()) print("  verdict  " + verdict);
    if (!file.empty()) {
        print("  receipt saved to " + file +
              "    check it offline:  " + verify_command(globals, session, file));
    }
    return exit_code::done;
}

}  // namespace consentree::client::cli
