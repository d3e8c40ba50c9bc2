#include "client/cli/commands.h"
#include "client/cli/explain.h"
#include "client/cli/output.h"
#include "client/cli/suggest.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

constexpr std::string_view examples_topic = R"(Try it (a network of four on this machine)
  consentree demo up                          start it; Ctrl-C stops it and keeps the data
  consentree status                           who is up, at which height
  consentree demo kill 3                      stop one institution: the ledger goes on

Give, use and end a consent
  consentree consent grant --subject sub:8f2c --recipient unilab --purpose research \
      --data lab-results --expires 2027-06-30 --wait
  consentree consent check --subject sub:8f2c --recipient unilab --purpose research \
      --data lab-results
  consentree access record --subject sub:8f2c --consent CONSENT --actor unilab \
      --purpose research --data lab-results --wait
  consentree consent withdraw CONSENT --wait

Ask, and prove
  consentree consent list --state active
  consentree consent history CONSENT
  consentree access list --verdict DENY
  consentree verify CONSENT.receipt.json --trust trust.policy

Bring records in
  consentree import --mapping rebit-aa artefacts/*.json
  consentree import --mapping ob-uk consents/*.json

A network of your own
  consentree net new --name edu-health --institutions north,med,city,uni
  consentree node start --config edu-health/north/node.toml
  consentree context add edu --url http://127.0.0.1:8501 --key edu-health/partner.key \
      --trust edu-health/trust.policy --institution north
)";

constexpr std::string_view exit_codes_topic = R"(Exit codes
  0  done, healthy, verified
  1  failed, anything not below
  2  wrong usage
  3  no node answered in time; a submission is safe to repeat
  4  not allowed: by a key's role, by a rule of the ledger, or by the consent
  5  not found
  6  conflict: another version, or an id used with other content
  7  verification FAILED: evidence of tampering or a fork
  8  verification cannot be decided: no trust file, unknown version, older checkpoint
  9  degraded: works, but not as it should
)";

constexpr std::string_view context_topic = R"(Where settings come from, first wins
  flags            --url --key --trust --ca --token --agreement
  the context      --context NAME, else $CONSENTREE_CONTEXT, else the one in use
  the trust file   an agreement.json beside it, if nothing names an agreement

Files (XDG folders)
  ~/.config/consentree/contexts/NAME.toml       urls, key, trust, ca, token, institution, agreement
  ~/.local/state/consentree/NETWORK/checkpoint  the newest checkpoint seen
)";

int show_topic(const Globals& globals, const CLI::App& app, const std::vector<std::string>& words) {
    if (words.empty()) {
        print(app.help());
        say(globals, "Topics: consentree help examples | exit-codes | context");
        return exit_code::done;
    }
    if (words[0] == "examples") print(examples_topic);
    if (words[0] == "exit-codes") print(exit_codes_topic);
    if (words[0] == "context") print(context_topic);
    if (words[0] == "examples" || words[0] == "exit-codes" ||
        (words[0] == "context" && words.size() == 1)) {
        return exit_code::done;
    }
    const CLI::App* at = &app;
    std::string path = "consentree";
    for (const std::string& word : words) {
        const auto below =
            at->get_subcommands([&](const CLI::App* one) { return one->check_name(word); });
        const CLI::App* next = below.empty() ? nullptr : below.front();
        if (next == nullptr) {
            const std::string near = nearest(word, names_below(*at, false));
            return usage(globals, "there is no help on \"" + word + "\"",
                         near.empty() ? "See: consentree help" : "Did you mean \"" + near + "\"?");
        }
        path += " " + word;
        at = next;
    }
    print(at->help(path));
    return exit_code::done;
}

int explain(const Globals& globals, const std::string& code) {
    const auto found = find_explanation(*globals.programs, code);
    if (!found) {
        Failure failure;
        failure.kind = FailureKind::not_found;
        failure.code = "code-unknown";
        failure.what = "there is no code \"" + code + "\"";
        const std::string near = nearest(code, local_codes());
        failure.hint = near.empty() ? "Codes stand at the end of a failure, and in verdicts."
                                    : "Did you mean \"" + near + "\"?";
        return fail(globals, failure);
    }
    if (globals.output == OutputForm::json) {
        nlohmann::ordered_json json;
        json["code"] = code;
        json["means"] = found->means;
        json["do"] = found->remedy;
        print(json.dump(2));
        return exit_code::done;
    }
    print(code + ": " + found->means);
    if (!found->remedy.empty()) print("  Do  " + found->remedy);
    return exit_code::done;
}

}  // namespace

void add_help_commands(CLI::App& app, Globals& globals) {
    CLI::App* explained = app.add_subcommand("explain", "What a code means and what to do");
    auto code = std::make_shared<std::string>();
    explained->add_option("CODE", *code, "As failures and verdicts show it")->required();
    examples(explained, "consentree explain consent-state", "consentree explain PURPOSE_MISMATCH");
    on_run(explained, globals, [&globals, code] { return explain(globals, *code); });

    CLI::App* help = app.add_subcommand("help", "Help on a command, or: examples, exit-codes");
    auto words = std::make_shared<std::vector<std::string>>();
    help->add_option("TOPIC", *words, "A command, or a topic");
    examples(help, "consentree help examples", "consentree help consent grant");
    on_run(help, globals, [&globals, &app, words] { return show_topic(globals, app, *words); });

    CLI::App* version = app.add_subcommand("version", "The version of this program");
    examples(version, "consentree version", "consentree version -o json");
    on_run(version, globals, [&globals] {
        if (globals.output == OutputForm::json) {
            print(nlohmann::ordered_json{{"version", CONSENTREE_VERSION}}.dump(2));
        } else {
            print(std::string("consentree ") + CONSENTREE_VERSION);
        }
        return exit_code::done;
    });
}

}  // namespace consentree::client::cli
