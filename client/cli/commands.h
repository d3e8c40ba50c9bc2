// How a command joins the tool. Each noun has one add_..._commands(app, globals) that makes its
// CLI11 subcommands and, for each, calls on_run(command, globals, action). Parsing only chooses
// the action; run() calls it afterwards and exits with what it returns (client/cli/exit_codes.h).
// Options of Globals are accepted anywhere on the line.
#pragma once

#include "client/cli/cli.h"
#include "client/cli/exit_codes.h"

#include <chrono>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace consentree::client::cli {

enum class OutputForm { table, json };

struct Globals {
    std::string context;            // --context NAME; empty: the current one (context.h).
    std::vector<std::string> urls;  // --url, repeatable: tried in order.
    std::string key;                // --key FILE: a PKCS#8 PEM Ed25519 secret key.
    std::string trust;              // --trust FILE: the C2SP policy of the network.
    std::string ca;                 // --ca FILE: certificates for https URLs.
    std::string token;              // --token FILE: holds the bearer token for the nodes.
    std::string agreement;          // --agreement FILE: what fills the rest of a consent record.
    OutputForm output = OutputForm::table;  // -o, --output
    std::string color = "auto";             // --color auto|always|never; NO_COLOR is respected.
    bool quiet = false;                     // --quiet: no talk on stderr but errors.
    bool verbose = false;                   // -v, --verbose
    bool no_input = false;                  // --no-input
    double timeout_s = 30;                  // --timeout SECONDS

    std::string program;  // argv[0] as given, for commands that start themselves again.
    const Programs* programs = nullptr;
    std::function<int()> action;  // Set by parsing, run once afterwards.

    std::chrono::milliseconds timeout() const {
        return std::chrono::milliseconds(static_cast<std::int64_t>(timeout_s * 1000));
    }
};

// Runs action (an exit code) if the line names this command.
void on_run(CLI::App* command, Globals& globals, std::function<int()> action);
// Ends the command's help with two examples, each a whole line starting with "consentree".
void examples(CLI::App* command, const std::string& first, const std::string& second);

void add_key_commands(CLI::App& app, Globals& globals);
void add_net_commands(CLI::App& app, Globals& globals);
void add_node_commands(CLI::App& app, Globals& globals);
void add_status_command(CLI::App& app, Globals& globals);
void add_watch_command(CLI::App& app, Globals& globals);
void add_consent_commands(CLI::App& app, Globals& globals);
void add_access_commands(CLI::App& app, Globals& globals);
void add_access_events(CLI::App* noun, Globals& globals);   // Of that noun: access_events.cpp.
void add_rights_commands(CLI::App& app, Globals& globals);  // rights, erasure, breach
void add_party_commands(CLI::App& app, Globals& globals);
void add_agreement_commands(CLI::App& app, Globals& globals);
void add_tx_commands(CLI::App& app, Globals& globals);
void add_audit_commands(CLI::App& app, Globals& globals);
void add_policy_commands(CLI::App& app, Globals& globals);
void add_report_commands(CLI::App& app, Globals& globals);
void add_verify_command(CLI::App& app, Globals& globals);
void add_context_commands(CLI::App& app, Globals& globals);
void add_bench_command(CLI::App& app, Globals& globals);
void add_help_commands(CLI::App& app, Globals& globals);     // explain, help, version
void add_import_commands(CLI::App& app, Globals& globals);   // client/import
void add_mapping_commands(CLI::App& app, Globals& globals);  // client/import
void add_export_commands(CLI::App& app, Globals& globals);   // client/export
void add_demo_commands(CLI::App& app, Globals& globals);     // client/cli/demo*.cpp

}  // namespace consentree::client::cli
