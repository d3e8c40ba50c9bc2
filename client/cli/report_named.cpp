#include "client/cli/report_named.h"

#include "client/api_reports.h"
#include "client/cli/lists.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/report/report.h"

#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace consentree::client::cli {

namespace {

struct NamedOptions {
    report::Query query;
    std::string form, file;
};

bool has_word(std::string_view words, std::string_view word) {
    const std::string padded = " " + std::string(words) + " ";
    return padded.find(" " + std::string(word) + " ") != padded.npos;
}

// Knows the heading when the statement comes.
class Told final : public report::Sink {
public:
    explicit Told(report::Sink& to) : to_(to) {}
    void begin(const report::Heading& heading) override {
        heading_ = heading;
        to_.begin(heading);
    }
    bool wants_pages() const override { return to_.wants_pages(); }
    void page(std::string_view evidence) override { to_.page(evidence); }
    void row(const report::Row& row) override { to_.row(row); }
    void flush() override { to_.flush(); }
    bool is_full() const override { return to_.is_full(); }
    void end(const report::Statement& statement) override {
        text_ = report::to_text(heading_, statement);
        to_.end(statement);
    }
    void fail(const Failure& failure) override { to_.fail(failure); }
    const std::string& text() const { return text_; }

private:
    report::Sink& to_;
    report::Heading heading_;
    std::string text_;
};

Failure unwritable(const std::string& file) {
    Failure failure;
    failure.code = "file-unusable";
    failure.what = "the report cannot be written to " + file;
    return failure;
}

// Data, or the file: whole or not at all.
int write_report(const Globals& globals, const NamedOptions& options, Client& client) {
    const bool is_saved = !options.file.empty();
    const std::string part = options.file + ".part";
    std::ofstream file;
    if (is_saved) {
        file.open(part, std::ios::binary | std::ios::trunc);
        if (!file) return fail(globals, unwritable(options.file));
    }
    const auto sink = report::make_sink(options.form, is_saved ? file : std::cout);
    Told told(*sink);
    const bool is_shown = is_saved || ::isatty(STDOUT_FILENO) == 0;
    auto made = client.report(options.query, told, is_shown ? progress_bar(globals) : Progress());
    std::error_code error;
    if (is_saved) {
        file.close();
        if (made && !file.fail()) std::filesystem::rename(part, options.file, error);
        if (!made || file.fail() || error) {
            std::error_code ignored;
            std::filesystem::remove(part, ignored);
            return fail(globals, made ? unwritable(options.file) : made.error());
        }
    }
    if (!made) return fail(globals, made.error());
    if (!is_saved && !std::cout.flush()) return fail(globals, unwritable("standard output"));
    if (is_saved && options.form == "csv") {
        std::ofstream beside(options.file + ".statement.txt", std::ios::binary | std::ios::trunc);
        beside << told.text();
        beside.close();
        if (!beside) return fail(globals, unwritable(options.file + ".statement.txt"));
    }
    if (!globals.quiet) std::cerr << "\n";
    say(globals, told.text());
    say_done(globals, grouped(made->rows) + (made->rows == 1 ? " row" : " rows") +
                          (is_saved ? ", saved to " + options.file : std::string()) +
                          (options.form == "json" && is_saved
                               ? "    check it offline:  consentree verify " + options.file
                               : ""));
    return exit_code::done;
}

int named(Globals& globals, NamedOptions options) {
    if (options.form.empty()) {
        const std::string ending = std::filesystem::path(options.file).extension().string();
        const bool is_form = ending == ".csv" || ending == ".json" || ending == ".jsonld" ||
                             ending == ".html" || ending == ".prov";
        if (!options.file.empty() && !is_form && ending != ".txt") {
            Failure failure;
            failure.kind = FailureKind::usage;
            failure.code = "usage";
            failure.what = "the ending of " + options.file + " says no form";
            failure.hint = "End it in .csv, .json, .jsonld, .html, .prov or .txt, or give -o FORM.";
            return fail(globals, failure);
        }
        options.form = is_form ? ending.substr(1) : "table";
    }
    if (options.form == "json") globals.output = OutputForm::json;
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    return write_report(globals, options, session->client);
}

void add_parameters(CLI::App* command, const api::ReportInfo& info, report::Query& query) {
    struct Parameter {
        const char* name;
        std::string* value;
        const char* help;
    };
    const Parameter parameters[] = {
        {"subject", &query.subject, "Subject label"},
        {"consent", &query.consent, "Consent id"},
        {"issuer", &query.issuer, "Of that consent; default: your institution"},
        {"actor", &query.actor, "Institution that accessed, or may"},
        {"provider", &query.provider, "Institution that holds the data"},
        {"purpose", &query.purpose, "Code"},
        {"category", &query.category, "Code"},
        {"verdict", &query.verdict, "PERMIT, DENY, PERMIT_OTHER_BASIS, OVERRIDE or NEEDS_REVIEW"},
        {"from", &query.from, "Block time: RFC 3339 or a date"},
        {"to", &query.to, "Block time; not included"},
        {"as-of", &query.as_of, "A block's height or a time: as it stood then"},
        {"access", &query.access, "One access: its event id, or its place in the log"},
        {"user", &query.user, "Who at the institution"},
        {"notice", &query.notice, "Version of the notice; default: all"},
        {"within", &query.within, "How far ahead, e.g. 12h, 30d, 6m, 1y; default: 30d"},
        {"keep", &query.keep, "How long records are kept after the end, e.g. 7y"}};
    const auto& common = api::report_parameters();
    for (const Parameter& parameter : parameters) {
        const bool is_common = std::ranges::find(common, parameter.name) != common.end();
        const bool is_own =
            has_word(info.takes, parameter.name) || has_word(info.demands, parameter.name);
        if (!is_common && !is_own) continue;
        command->add_option("--" + std::string(parameter.name), *parameter.value, parameter.help);
    }
    command->add_flag("--collapse", query.collapse,
                      "Repetitions as one row: first date, number, last date");
    if (!has_word(info.takes, "event-time")) return;
    command->add_flag("--event-time", query.event_time,
                      "Beside each verdict the one by event time; of a subject or consent");
}

// A key that the report may be about, for its examples.
std::string example_key(const api::ReportInfo& info) {
    if (has_word(info.keys, "subject")) return "--subject sub:8f2c";
    if (has_word(info.keys, "consent")) return "--consent cns_01 --issuer northbank";
    return has_word(info.keys, "actor") ? "--actor unilab" : "--provider northbank";
}
std::string example_demands(const api::ReportInfo& info) {
    if (has_word(info.demands, "from")) return " --from 2026-03-03 --to 2026-03-06";
    if (has_word(info.demands, "as-of")) return " --as-of 2026-06-01";
    if (has_word(info.demands, "keep")) return " --keep 7y";
    return {};
}

}  // namespace

void add_named_reports(CLI::App* report, Globals& globals) {
    for (const api::ReportInfo& info : api::reports()) {
        CLI::App* command =
            report->add_subcommand(std::string(info.name), std::string(info.question));
        auto options = std::make_shared<NamedOptions>();
        options->query.name = info.name;
        add_parameters(command, info, options->query);
        command->add_option("-o,--output", options->form, "table, csv, json, jsonld, prov or html")
            ->check(
                CLI::IsMember({"table", "csv", "json", "jsonld", "prov", "html"}).description(""))
            ->type_name("FORM");
        command
            ->add_option("--save", options->file,
                         "The file to write; its ending says the form unless -o does")
            ->type_name("FILE");
        const std::string line = "consentree report " + std::string(info.name) + " " +
                                 example_key(info) + example_demands(info);
        examples(command, line, line + " --save " + std::string(info.name) + ".csv");
        on_run(command, globals, [&globals, options] { return named(globals, *options); });
    }
}

}  // namespace consentree::client::cli
