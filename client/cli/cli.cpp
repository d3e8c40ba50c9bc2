#include "client/cli/cli.h"

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/suggest.h"
#include "common/keys.h"

#include <exception>
#include <iostream>

namespace consentree::client::cli {

void on_run(CLI::App* command, Globals& globals, std::function<int()> action) {
    command->callback([&globals, action = std::move(action)] { globals.action = action; });
}

void examples(CLI::App* command, const std::string& first, const std::string& second) {
    command->footer("Examples:\n  " + first + "\n  " + second);
}

namespace {

void add_globals(CLI::App& app, Globals& globals) {
    const std::map<std::string, OutputForm> forms{{"table", OutputForm::table},
                                                  {"json", OutputForm::json}};
    app.add_option("--context", globals.context, "Use this context (see: context list)");
    app.add_option("--url", globals.urls, "Address of a node; repeat it for fail-over")
        ->allow_extra_args(false);
    app.add_option("--key", globals.key, "Secret key that signs (PKCS#8 PEM)");
    app.add_option("--trust", globals.trust, "Trust file of the network");
    app.add_option("--ca", globals.ca, "Certificates that https addresses are checked with (PEM)");
    app.add_option("--token", globals.token, "File with the token that the nodes ask for");
    app.add_option("--agreement", globals.agreement, "Agreement file: what fills consent records");
    app.add_option("-o,--output", globals.output, "table or json")
        ->transform(CLI::CheckedTransformer(forms).description(""))
        ->type_name("FORM");
    app.add_option("--color", globals.color, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}).description(""))
        ->type_name("WHEN");
    app.add_option("--timeout", globals.timeout_s, "Seconds that a call may take")
        ->check(CLI::Range(0.1, 3600.0).description(""));
    app.add_flag("-q,--quiet", globals.quiet, "Only data and failures");
    app.add_flag("-v,--verbose", globals.verbose, "Say more about what is done");
    app.add_flag("--no-input", globals.no_input, "Never ask");
}

void add_commands(CLI::App& app, Globals& globals) {
    app.fallthrough();
    app.require_subcommand(0, 1);
    examples(&app, "consentree demo up", "consentree help examples");
    add_demo_commands(app, globals);
    add_node_commands(app, globals);
    add_net_commands(app, globals);
    add_policy_commands(app, globals);
    add_key_commands(app, globals);
    add_consent_commands(app, globals);
    add_access_commands(app, globals);
    add_rights_commands(app, globals);
    add_party_commands(app, globals);
    add_agreement_commands(app, globals);
    add_tx_commands(app, globals);
    add_report_commands(app, globals);
    add_audit_commands(app, globals);
    add_verify_command(app, globals);
    add_import_commands(app, globals);
    add_mapping_commands(app, globals);
    add_export_commands(app, globals);
    add_status_command(app, globals);
    add_watch_command(app, globals);
    add_bench_command(app, globals);
    add_context_commands(app, globals);
    add_help_commands(app, globals);
}

// The command that the line got to: where its mistake is.
const CLI::App* deepest(const CLI::App* app) {
    for (;;) {
        const auto chosen = app->get_subcommands();
        if (chosen.empty()) return app;
        app = chosen.front();
    }
}

std::string path_of(const CLI::App* app) {
    std::string path = app->get_name();
    for (const CLI::App* up = app->get_parent(); up != nullptr; up = up->get_parent()) {
        path = up->get_name() + " " + path;
    }
    return path;
}

int wrong_usage(const Globals& globals, const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App* at = deepest(&app);
    const auto extras = app.remaining(true);
    std::string hint = "See: " + path_of(at) + " --help";
    std::string what = error.what();
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !extras.empty()) {
        const bool option = extras.front().starts_with("-");
        const bool is_last = at->get_subcommands({}).empty();
        what = "\"" + extras.front() + "\" is " +
               (option    ? "not an option of"
                : is_last ? "one word too many for"
                          : "not a command of") +
               ": " + path_of(at);
        const std::string near = nearest(extras.front(), names_below(*at, option));
        if (!near.empty()) hint = "Did you mean \"" + near + "\"?  " + hint;
    }
    return usage(globals, what, hint);
}

// A command that only holds others was named alone: its help, as an error.
int nothing_chosen(const CLI::App& app) {
    const CLI::App* at = deepest(&app);
    std::cerr << at->help(path_of(at->get_parent() == nullptr ? at : at->get_parent()));
    return exit_code::usage;
}

int run_checked(int argc, char** argv, const Programs& programs) {
    Globals globals;
    globals.program = argc > 0 ? argv[0] : "consentree";
    globals.programs = &programs;
    CLI::App app("Records consent and access to shared data, and proves what it recorded.",
                 "consentree");
    app.set_version_flag("--version", std::string("consentree ") + CONSENTREE_VERSION);
    add_globals(app, globals);
    add_commands(app, globals);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {  // --help, --version
        return app.exit(success, std::cout, std::cerr) == 0 ? exit_code::done : exit_code::failed;
    } catch (const CLI::ParseError& error) {
        return wrong_usage(globals, app, error);
    }
    if (!globals.action) return nothing_chosen(app);
    return globals.action();
}

}  // namespace

int run(int argc, char** argv, const Programs& programs) {
    try {
        init_crypto();
        const int code = run_checked(argc, argv, programs);
        if (std::cout.flush() || code != exit_code::done) return code;
        // What nobody could read has not been said.
        std::cerr << "consentree: standard output could not be written\n";
        return exit_code::failed;
    } catch (const std::exception& error) {
        std::cerr << "consentree: " << error.what() << "\n";
        return exit_code::failed;
    }
}

}  // namespace consentree::client::cli
