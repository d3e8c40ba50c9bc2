// watch: what is committed, as it happens, and what the watch rules make of it.
#include "client/api_alerts.h"
#include "client/cli/commands.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/cli/session.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Json = nlohmann::ordered_json;

struct WatchOptions {
    std::string after, subject, actor, provider, type, verdict;
    bool only_alerts = false, no_alerts = false;
    std::uint64_t count = 0;  // 0: until interrupted.
};

std::vector<Filter> filters_of(const WatchOptions& options) {
    return {{"subject", options.subject},
            {"actor", options.actor},
            {"provider", options.provider},
            {"type", options.type},
            {"verdict", options.verdict},
            {"alerts", options.only_alerts ? "only"
                       : options.no_alerts ? "none"
                                           : ""}};
}

std::string line_of_alert(const api::Alert& alert) {
    const std::string state = alert.ended.empty() ? "ALERT" : "ENDED";
    return state + " " + alert.severity + "  " + alert.since + "  " + alert.id + "  " +
           alert.sentence;
}

std::string line_of_entry(const api::Entry& entry) {
    const Json event = Json::parse(entry.event, nullptr, false);
    const auto text_of = [](const Json& object, const char* member) -> std::string {
        if (!object.is_object() || !object.contains(member)) return "";
        const Json& value = object[member];
        return value.is_string() ? value.get<std::string>() : "";
    };
    const bool has_record = event.is_object() && event.contains("consent");
    const Json& about = has_record ? event["consent"] : event;
    std::string who = text_of(about, "actor_org");
    if (who.empty()) who = text_of(about, "issuer");
    std::string line = std::to_string(entry.index) + "  " + entry.time + "  " + entry.type;
    if (!entry.verdict.empty()) line += "  " + entry.verdict;
    if (!entry.failed.empty()) line += " " + joined(entry.failed, ",");
    for (const std::string& part : {who, text_of(about, "consent_id"), text_of(about, "subject")}) {
        if (!part.empty()) line += "  " + part;
    }
    return line;
}

// One line each; false if the node's text is not what it should be.
void print_event(const Globals& globals, const FeedEvent& event) {
    if (globals.output == OutputForm::json) {
        Json out;
        out["id"] = event.id;
        out["kind"] = event.kind;
        out["proven"] = event.proven;
        out[event.kind] = Json::parse(event.json);
        return print(out.dump());
    }
    if (const auto alert = api::parse_alert(event.json); alert && event.kind == "alert") {
        return print(printable(line_of_alert(*alert)));
    }
    const auto entry = api::parse_entry(event.json);
    if (entry) print(printable(line_of_entry(*entry) + (event.proven ? "" : "  (not proven)")));
}

int watch(const Globals& globals, const WatchOptions& options) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    const bool has_trust = !session->context.trust.empty();
    say(globals, has_trust
                     ? "Entries are shown once they are proven; alerts, and that no entry is "
                       "left out, are this node's word. Ctrl-C ends it."
                     : "Without a trust file all of this is one node's word. Ctrl-C ends it.");
    std::uint64_t shown = 0;
    std::string last;
    const auto on_event = [&](const FeedEvent& event) {
        print_event(globals, event);
        last = event.id;
        shown += 1;
        return options.count == 0 || shown < options.count;
    };
    const auto on_break = [&](const Failure& failure) {
        warn(globals, failure.what_to_do());
        return true;
    };
    const auto over =
        session->client.follow({filters_of(options), options.after}, on_event, on_break);
    if (!over) return fail(globals, over.error());
    say(globals, "To go on: consentree watch --after " + last);
    return exit_code::done;
}

}  // namespace

void add_watch_command(CLI::App& app, Globals& globals) {
    CLI::App* command = app.add_subcommand("watch", "Entries and alerts as they happen");
    auto options = std::make_shared<WatchOptions>();
    CLI::Option* only =
        command->add_flag("--alerts", options->only_alerts, "Alerts only (docs/alerts.md)");
    command->add_flag("--no-alerts", options->no_alerts, "Entries only")->excludes(only);
    command->add_option("--after", options->after,
                        "Go on behind the event of this id, or from start");
    command->add_option("--subject", options->subject, "About this subject");
    command->add_option("--actor", options->actor, "Of this institution");
    command->add_option("--provider", options->provider, "Of data that this institution holds");
    command->add_option("--type", options->type, "Of these types: access.request,consent.*");
    command->add_option("--verdict", options->verdict, "With this verdict");
    command->add_option("--count", options->count, "End after so many events");
    examples(command, "consentree watch --alerts",
             "consentree watch --after start --subject sub:8f2c");
    on_run(command, globals, [&globals, options] { return watch(globals, *options); });
}

}  // namespace consentree::client::cli
