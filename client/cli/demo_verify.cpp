// consentree demo verify-load: what was loaded is read back, proven complete, by nothing but the
// entries, and compared with what was planted.
#include "client/cli/demo_planted.h"
#include "client/cli/demo_reports.h"
#include "client/cli/demo_workload.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/client.h"
#include "client/entry_reader.h"
#include "client/synthetic/findings.h"
#include "common/time.h"
#include "ledger/event.h"
#include "ledger/verdict.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

using Json = nlohmann::ordered_json;
using synthetic::Compared;
using synthetic::Finding;
using synthetic::Findings;

namespace {

constexpr TimeMs slack_ms = 1000;

Failure malformed(const char* what) {
    Failure failure;
    failure.code = "planted-malformed";
    failure.what = what;
    return failure;
}

struct Window {
    TimeMs from = 0, to = 0;
};
Outcome<Window> window_of(const PlantedLoad& load) {
    const auto from = parse_time(load.started);
    const auto to = parse_time(load.ended);
    if (!from) return malformed("planted.jsonl does not say when the load began");
    // Of a load that was interrupted, all that came.
    return Window{*from, to ? *to + slack_ms : *from + 365LL * 86'400'000};
}

class Reader {
public:
    Reader(EntryReader& log, Findings& findings, const Progress& progress)
        : log_(log), findings_(findings), progress_(progress) {}

    // Everything under the institutions as providers, and what stands under them as actors alone.
    std::optional<Failure> read(const PlantedLoad& load, const Window& window) {
        for (const bool is_actor : {false, true}) {
            for (const std::string& institution : load.settings.institutions) {
                const Question question{is_actor ? "actor" : "provider", institution, "",
                                        format_time(window.from), format_time(window.to)};
                const auto see = [&](const LoggedEvent& entry) {
                    if (is_actor && !stands_alone(entry)) return;
                    ++entries_;
                    findings_.add(entry.verdict, entry.flags, entry.event);
                };
                auto read = log_.read(question, see, progress_);
                if (!read) return read.error();
            }
        }
        return std::nullopt;
    }
    std::uint64_t entries() const { return entries_; }

private:
    // An access stands under the provider if it cites a consent that the ledger knows; a consent's
    // own events always do.
    static bool stands_alone(const LoggedEvent& entry) {
        const auto event = ledger::parse_event(entry.event);
        if (!event || !ledger::is_access(event->kind)) return false;
        const bool is_unknown = (entry.flags & ledger::flag_of(ledger::Check::consent_known)) != 0;
        return event->access().consent_id.empty() || is_unknown;
    }

    EntryReader& log_;
    Findings& findings_;
    const Progress& progress_;
    std::uint64_t entries_ = 0;
};

struct Verified {
    Compared compared;
    std::vector<ReportFound> reports;  // If they were asked.
    std::uint64_t entries = 0;
    std::size_t unsettled = 0;  // Planted findings that cannot be judged.
    bool agrees() const {
        return compared.agrees() &&
               std::all_of(reports.begin(), reports.end(),
                           [](const ReportFound& report) { return report.agrees(); });
    }
};

Json json_of(const PlantedLoad& load, const Verified& verified) {
    Json kinds = Json::array(), missed = Json::array(), unexpected = Json::array();
    Json reports = Json::array();
    for (const Compared::Kind& kind : verified.compared.kinds) {
        kinds.push_back({{"kind", kind.name},
                         {"expected", kind.expected},
                         {"planted", kind.planted},
                         {"found", kind.found}});
    }
    for (const auto& one : verified.compared.missed) missed.push_back(one.finding.key);
    for (const auto& one : verified.compared.unexpected) {
        unexpected.push_back({{"event", one.key}, {"found", synthetic::describe(one)}});
    }
    for (const ReportFound& report : verified.reports) {
        reports.push_back({{"report", report.report},
                           {"planted", report.planted},
                           {"found", report.found},
                           {"beside", report.beside}});
    }
    Json json = {{"load", load.settings.tag},
                 {"profile", load.settings.profile},
                 {"transactions", load.done},
                 {"size", load.settings.size},
                 {"events", load.events},
                 {"complete", !load.ended.empty() && load.done == load.settings.size},
                 {"entries", verified.entries},
                 {"unsettled", verified.unsettled},
                 {"agrees", verified.agrees()},
                 {"kinds", kinds},
                 {"missed", missed},
                 {"unexpected", unexpected}};
    if (!verified.reports.empty()) json["reports"] = reports;
    return json;
}

void print_tables(const Globals& globals, const Verified& verified) {
    const Compared& compared = verified.compared;
    TextTable table({"PLANTED", "FOUND AS", "PLANTED", "FOUND"});
    for (const Compared::Kind& kind : compared.kinds) {
        table.row({kind.name, kind.expected, grouped(kind.planted), grouped(kind.found)});
    }
    table.print();
    if (!verified.reports.empty()) {
        TextTable named({"REPORT", "SESSIONS PLANTED", "NAMED", "BESIDE"});
        for (const ReportFound& report : verified.reports) {
            named.row({report.report, grouped(report.planted), grouped(report.found),
                       grouped(report.beside)});
        }
        print("");
        named.print();
    }
    constexpr std::size_t shown = 10;
    for (std::size_t i = 0; i < std::min(shown, compared.missed.size()); ++i) {
        const auto& one = compared.missed[i];
        warn(globals,
             "not found: " + one.kind + " at " + one.finding.key + ", session " + one.session);
    }
    for (std::size_t i = 0; i < std::min(shown, compared.unexpected.size()); ++i) {
        const auto& one = compared.unexpected[i];
        warn(globals, "not planted: " + synthetic::describe(one) + " at " + one.key);
    }
}

int show(const Globals& globals, const PlantedLoad& load, const Verified& verified) {
    if (globals.output == OutputForm::json) {
        print(json_of(load, verified).dump(2));
    } else {
        print_tables(globals, verified);
    }
    if (load.ended.empty()) {
        warn(globals, "this load was interrupted: what it sent after transaction " +
                          grouped(load.whole) + " may lack events that were to follow; " +
                          grouped(verified.unsettled) + " findings planted there are not judged");
    }
    say(globals, "  sent: " + grouped(load.done) + " of " + grouped(load.settings.size) +
                     " transactions of " + load.settings.profile + ", " + grouped(load.events) +
                     " events" + (load.ended.empty() ? " at least" : ""));
    const std::string counts = grouped(load.planted.size()) + " planted, " +
                               grouped(verified.compared.missed.size()) + " of them not found, " +
                               grouped(verified.compared.unexpected.size()) +
                               " found that nobody planted";
    if (verified.agrees()) {
        say_done(globals, "load " + load.settings.tag + ": " + counts + "; " +
                              grouped(verified.entries) + " entries read, proven complete");
        return exit_code::done;
    }
    Failure failure;
    failure.code = "not-as-planted";
    failure.what = "load " + load.settings.tag + " is not found as it was planted";
    failure.why = counts;
    return fail(globals, failure);
}

}  // namespace

int verify_load(const Globals& globals,
                const Demo& demo,
                const std::string& tag,
                bool asks_reports) {
    auto loads = PlantedFile(demo).read();
    if (!loads) return fail(globals, loads.error());
    auto load = loads->end();
    for (auto at = loads->begin(); at != loads->end(); ++at) {
        if (tag.empty() || at->settings.tag == tag) load = at;
    }
    if (load == loads->end()) {
        Failure failure;
        failure.kind = FailureKind::not_found;
        failure.code = "no-load";
        failure.what = tag.empty() ? "no synthetic data have been loaded into this demo"
                                   : "this demo has no load " + tag;
        failure.hint = "Load some: consentree demo load --profile open-banking";
        return fail(globals, failure);
    }
    Options options;
    options.urls = demo.urls();
    options.trust = demo.trust().string();
    options.state_dir = "none";
    options.timeout = std::max(globals.timeout(), std::chrono::milliseconds(300'000));
    auto log = EntryReader::connect(options);
    if (!log) return fail(globals, log.error());
    auto client = Client::connect(std::move(options));
    if (!client) return fail(globals, client.error());
    const auto window = window_of(*load);
    if (!window) return fail(globals, window.error());
    Findings findings(load->settings.institutions, load->settings.tag);
    const Progress progress = progress_bar(globals);
    Reader reader(*log, findings, progress);
    if (auto failure = reader.read(*load, *window)) return fail(globals, *failure);
    Verified verified;
    std::vector<Finding> found = findings.take();
    verified.unsettled = drop_unsettled(*load, found);
    verified.compared = synthetic::compare(load->planted, found);
    verified.entries = reader.entries();
    if (asks_reports) {
        auto reports =
            ask_reports(*client, *load, format_time(window->from), format_time(window->to));
        if (!reports) return fail(globals, reports.error());
        verified.reports = std::move(*reports);
    }
    return show(globals, *load, verified);
}

}  // namespace consentree::client::cli
