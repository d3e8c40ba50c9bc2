#include "client/context.h"

#include "client/cli/commands.h"
#include "client/cli/output.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

int add(const Globals& globals, Context context) {
    context.urls = globals.urls;
    context.key = globals.key;
    context.trust = globals.trust;
    context.ca = globals.ca;
    context.token = globals.token;
    context.agreement = globals.agreement;
    if (context.urls.empty()) {
        return usage(globals, "a context needs an address",
                     "consentree context add " + context.name + " --url http://127.0.0.1:8501");
    }
    auto saved = save_context(context);
    if (!saved) return fail(globals, saved.error());
    auto used = use_context(context.name);
    if (!used) return fail(globals, used.error());
    say_done(globals, "context \"" + context.name + "\" saved and in use");
    if (context.trust.empty()) {
        warn(globals,
             "it names no trust file: what nodes answer cannot be verified (--trust FILE)");
    }
    return exit_code::done;
}

int list(const Globals& globals) {
    const std::string current = current_context();
    TextTable table({"CONTEXT", "URLS", "INSTITUTION", "KEY", "TRUST"});
    nlohmann::ordered_json items = nlohmann::ordered_json::array();
    for (const std::string& name : list_contexts()) {
        auto context = load_context(name);
        if (!context) {
            warn(globals, context.error().what_to_do());
            continue;
        }
        std::string urls;
        for (const std::string& url : context->urls) urls += (urls.empty() ? "" : " ") + url;
        table.row({name + (name == current ? " *" : ""), urls, context->institution, context->key,
                   context->trust});
        items.push_back({{"name", name},
                         {"current", name == current},
                         {"urls", context->urls},
                         {"institution", context->institution},
                         {"key", context->key},
                         {"trust", context->trust},
                         {"ca", context->ca},
                         {"token", context->token},
                         {"agreement", context->agreement}});
    }
    if (globals.output == OutputForm::json) {
        print(nlohmann::ordered_json{{"items", items}}.dump(2));
    } else if (items.empty()) {
        say(globals, "No contexts yet. Make one: consentree context add NAME --url URL --key FILE");
    } else {
        table.print();
    }
    return exit_code::done;
}

template <class Result>
int report(const Globals& globals, const Result& result, const std::string& text) {
    if (!result) return fail(globals, result.error());
    say_done(globals, text);
    return exit_code::done;
}

}  // namespace

void add_context_commands(CLI::App& app, Globals& globals) {
    CLI::App* context = app.add_subcommand("context", "Named settings: addresses, key, trust file");
    examples(context, "consentree context list", "consentree context use demo");

    CLI::App* added = context->add_subcommand("add", "Save a context and use it");
    auto fresh = std::make_shared<Context>();
    added->add_option("NAME", fresh->name, "Lower-case letters, digits, \"-\"")->required();
    added->add_option("--institution", fresh->institution, "Whom the key speaks for");
    examples(added,
             "consentree context add demo --url http://127.0.0.1:8501 --key partner.key "
             "--trust trust.policy --institution northbank",
             "consentree context add read --url http://127.0.0.1:8502 --trust trust.policy");
    on_run(added, globals, [&globals, fresh] { return add(globals, *fresh); });

    CLI::App* used = context->add_subcommand("use", "Choose the context in use");
    auto name = std::make_shared<std::string>();
    used->add_option("NAME", *name)->required();
    examples(used, "consentree context use demo", "consentree context use edu-health");
    on_run(used, globals, [&globals, name] {
        return report(globals, use_context(*name), "using context \"" + *name + "\"");
    });

    CLI::App* listed = context->add_subcommand("list", "All contexts; * marks the one in use");
    examples(listed, "consentree context list", "consentree context list -o json");
    on_run(listed, globals, [&globals] { return list(globals); });

    CLI::App* removed = context->add_subcommand("remove", "Forget a context (its files stay)");
    auto gone = std::make_shared<std::string>();
    removed->add_option("NAME", *gone)->required();
    examples(removed, "consentree context remove demo", "consentree context remove old-network");
    on_run(removed, globals, [&globals, gone] {
        return report(globals, remove_context(*gone), "context \"" + *gone + "\" removed");
    });
}

}  // namespace consentree::client::cli
