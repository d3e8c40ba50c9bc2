#include "client/cli/commands.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/cli/receipts.h"
#include "common/files.h"
#include "common/limits.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t input_bytes = 4 * limits::transaction_event_bytes;

Failure unusable(const std::string& path, const std::string& why) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "file-unusable";
    failure.what = "cannot submit " + path;
    failure.why = why;
    failure.hint =
        "Give one event (a JSON object), one event a line, a JSON array of events, or a "
        "signed transaction (docs/api.md).";
    return failure;
}

Outcome<std::string> read_input(const std::string& path) {
    if (path != "-") {
        auto text = read_file(path, input_bytes);
        if (!text) return unusable(path, text.error().message());
        return *text;
    }
    std::string text(input_bytes + 1, '\0');
    std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > input_bytes) return unusable("standard input", "it is too long");
    return text;
}

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// The events as they are to be signed: exact bytes for an object and for lines.
Outcome<std::vector<std::string>> events_of(const std::string& path, const std::string& text) {
    const std::string whole = trimmed(text);
    const Json json = Json::parse(whole, nullptr, false);
    if (json.is_object()) return std::vector<std::string>{whole};
    std::vector<std::string> events;
    if (json.is_array()) {
        for (const Json& event : json) events.push_back(event.dump());
        return events;
    }
    for (std::size_t at = 0; at < whole.size();) {
        const std::size_t end = std::min(whole.find('\n', at), whole.size());
        std::string line = trimmed(whole.substr(at, end - at));
        at = end + 1;
        if (line.empty()) continue;
        if (!Json::parse(line, nullptr, false).is_object()) {
            return unusable(path, "line " + std::to_string(events.size() + 1) + " is not JSON");
        }
        events.push_back(std::move(line));
    }
    if (events.empty()) return unusable(path, "it is empty");
    return events;
}

struct SubmitFile {
    std::string path;
    SubmitOptions submit;
};

int submit(const Globals& globals, const SubmitFile& options) {
    const auto began = std::chrono::steady_clock::now();
    auto text = read_input(options.path);
    if (!text) return fail(globals, text.error());
    const Json json = Json::parse(*text, nullptr, false);
    const bool is_signed = json.is_object() && json.contains("payloadType");
    auto session = open_session(globals, is_signed ? Needs::reading : Needs::signing);
    if (!session) return fail(globals, session.error());
    Outcome<Submitted> submitted = Submitted{};
    if (is_signed) {
        submitted = session->client.submit_signed(*text, wait_of(options.submit));
    } else {
        auto events = events_of(options.path, *text);
        if (!events) return fail(globals, events.error());
        submitted = session->client.submit_events(std::move(*events), wait_of(options.submit));
    }
    const std::string stem = submitted ? submitted->tx_id : "";
    return report_submission(globals, *session, {"tx", "", stem}, options.submit, submitted, began);
}

int report_status(const Globals& globals,
                  const std::string& tx_id,
                  const TransactionStatus& status) {
    if (status.status == "unknown") {
        Failure failure;
        failure.kind = FailureKind::not_found;
        failure.code = "transaction-unknown";
        failure.what = "this node has not heard of transaction " + tx_id;
        failure.hint = "Another node may have; submitting the same bytes again is safe.";
        return fail(globals, failure);
    }
    if (globals.output == OutputForm::json) {
        print(Json::parse(status.json).dump(2));
    } else {
        print_fields({{"Transaction", status.tx_id},
                      {"Status", status.status},
                      {"Height", status.height == 0 ? "" : std::to_string(status.height)},
                      {"Code", status.code},
                      {"Why", status.detail},
                      {"Where", status.pointer}});
    }
    if (status.status == "rejected") return exit_code::not_allowed;
    return exit_code::done;
}

struct ShowOptions {
    std::string tx_id, receipt;
    bool wait = false;
};

int show(const Globals& globals, const ShowOptions& options) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    auto status = options.wait ? session->client.wait_for(options.tx_id)
                               : session->client.transaction(options.tx_id);
    if (!status) return fail(globals, status.error());
    const int code = report_status(globals, options.tx_id, *status);
    if (status->status == "committed" && !options.receipt.empty()) {
        auto receipt = session->client.receipt(options.tx_id);
        if (!receipt) return fail(globals, receipt.error());
        if (!replace_file(options.receipt, receipt->json)) {
            return fail(globals, unusable(options.receipt, "the receipt cannot be written there"));
        }
        say_done(globals, "receipt verified and saved to " + options.receipt);
    } else if (status->status == "committed") {
        say(globals, "As this node says: not proven. Its receipt proves it: consentree tx show " +
                         options.tx_id + " --receipt FILE");
    }
    return code;
}

void add_show(
    CLI::App* tx, Globals& globals, const std::string& verb, const std::string& help, bool wait) {
    CLI::App* command = tx->add_subcommand(verb, help);
    auto options = std::make_shared<ShowOptions>();
    options->wait = wait;
    command->add_option("ID", options->tx_id, "64 hexadecimal digits")->required();
    command->add_option("--receipt", options->receipt, "Verify its receipt and save it here");
    const std::string id = "3f9a6f0e6b6f4d1c8a7e5b3c2d1f0e9d8c7b6a5948372615f4e3d2c1b0a99ac1";
    examples(command, "consentree tx " + verb + " " + id,
             "consentree tx " + verb + " " + id + " --receipt tx.receipt.json");
    on_run(command, globals, [&globals, options] { return show(globals, *options); });
}

}  // namespace

void add_tx_commands(CLI::App& app, Globals& globals) {
    CLI::App* tx = app.add_subcommand("tx", "Submit and follow transactions");
    examples(tx, "consentree tx submit events.json --wait", "consentree tx --help");
    CLI::App* command = tx->add_subcommand("submit", "Sign the events of a file and submit them");
    auto options = std::make_shared<SubmitFile>();
    command
        ->add_option("FILE", options->path,
                     "Event, events, or a signed transaction; - is standard input")
        ->required();
    add_submit_options(command, options->submit);
    examples(command, "consentree tx submit events.json --wait",
             "consentree tx submit signed.json --wait --receipt signed.receipt.json");
    on_run(command, globals, [&globals, options] { return submit(globals, *options); });
    add_show(tx, globals, "show", "State of a transaction", false);
    add_show(tx, globals, "wait", "Wait until it is decided, and show it", true);
}

}  // namespace consentree::client::cli
