// The words of an audit's report.
#include "client/cli/audit.h"
#include "client/cli/output.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string result_of(const audit::Report& report) {
    if (report.has_failed()) return "failed";
    return report.is_undecidable() ? "undecidable" : "verified";
}

int code_of(const audit::Report& report) {
    if (report.has_failed()) return exit_code::tampered;
    return report.is_undecidable() ? exit_code::undecidable : exit_code::done;
}

Json to_json(const audit::Finding& finding) {
    Json json{{"what", finding.what}};
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) json[name] = value;
    };
    add("file", finding.file);
    if (finding.offset) json["offset"] = *finding.offset;
    add("table", finding.table);
    add("row", finding.row);
    add("key", finding.key);
    if (finding.height) json["height"] = *finding.height;
    add("expected", finding.expected);
    add("found", finding.found);
    json["undecidable"] = finding.is_undecidable;
    return json;
}

void print_json(const audit::Report& report) {
    Json findings = Json::array(), rows = Json::object();
    for (const audit::Finding& finding : report.findings) findings.push_back(to_json(finding));
    for (const audit::TableCount& count : report.rows) rows[count.table] = count.rows;
    const Json json{{"result", result_of(report)},
                    {"network", report.network},
                    {"origin", report.origin},
                    {"running", report.was_running},
                    {"findings", findings},
                    {"findings_in_all", report.findings_in_all},
                    {"coverage",
                     {{"files", report.files},
                      {"bytes", report.bytes},
                      {"rows", rows},
                      {"height", report.height},
                      {"blocks", report.blocks},
                      {"batches", report.batches},
                      {"transactions", report.transactions},
                      {"entries", report.entries},
                      {"seals", report.seals},
                      {"verdicts", report.verdicts},
                      {"signatures", report.signatures},
                      {"tree_size", report.tree_size},
                      {"root", report.root},
                      {"checkpoint_tree_size", report.checkpoint_size}}},
                    {"peers", report.peers},
                    {"not_covered", report.not_covered}};
    print(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

std::string mebibytes(std::uint64_t bytes) {
    constexpr std::uint64_t mib = 1u << 20;
    if (bytes < 10 * mib) return grouped(bytes) + " bytes";
    return grouped(bytes / mib) + " MiB";
}

std::vector<std::string> lines_of(const audit::Finding& finding) {
    std::vector<std::string> lines{(finding.is_undecidable ? "? " : "✗ ") + finding.what};
    if (!finding.expected.empty()) lines.push_back("    expected  " + finding.expected);
    if (!finding.found.empty()) lines.push_back("    found     " + finding.found);
    return lines;
}

void print_coverage(const audit::Report& report) {
    print("  Read          " + mebibytes(report.bytes) + " in " + grouped(report.files) + " files");
    std::uint64_t rows = 0;
    std::string tables;
    for (const audit::TableCount& count : report.rows) {
        rows += count.rows;
        tables += (tables.empty() ? "" : ", ") + count.table + " " + grouped(count.rows);
    }
    if (!report.rows.empty()) print("  Compared      " + grouped(rows) + " rows: " + tables);
    print("  Recomputed    " + grouped(report.blocks) + " blocks, " + grouped(report.transactions) +
          " transactions, " + grouped(report.entries) + " entries, " + grouped(report.verdicts) +
          " verdicts, " + grouped(report.seals) + " SEALs");
    print("  Signatures    " + grouped(report.signatures) + " checked");
    if (report.tree_size != 0) {
        print("  Log           " + grouped(report.tree_size) + " leaves, root " +
              report.root.substr(0, 16) + "…; the stored checkpoint covers " +
              grouped(report.checkpoint_size));
    }
    for (const std::string& sentence : report.peers)
        print("  Peer          " + printable(sentence));
    for (const std::string& sentence : report.not_covered) {
        print("  Not covered   " + printable(sentence));
    }
}

}  // namespace

void say_findings(const Globals& globals, const audit::Report& report, std::size_t most) {
    for (std::size_t k = 0; k < std::min(most, report.findings.size()); ++k) {
        for (const std::string& line : lines_of(report.findings[k])) say(globals, "  " + line);
    }
    if (report.findings_in_all > most) {
        say(globals, "    … and " + grouped(report.findings_in_all - most) + " more");
    }
}

int print_audit(const Globals& globals, const audit::Report& report) {
    if (globals.output == OutputForm::json) {
        print_json(report);
        return code_of(report);
    }
    const std::string of = report.origin.empty() ? ""
                                                 : "   " + printable(report.origin) + ", block " +
                                                       grouped(report.height);
    if (report.findings.empty()) {
        print("✓ every stored byte is what the blocks give" + of);
    } else {
        print((report.has_failed() ? "✗ NOT what the blocks give" : "? cannot be decided") + of);
        for (const audit::Finding& finding : report.findings) {
            for (const std::string& line : lines_of(finding)) print("  " + printable(line));
        }
        if (report.findings_in_all > report.findings.size()) {
            print("    … and " + grouped(report.findings_in_all - report.findings.size()) +
                  " more");
        }
    }
    if (report.was_running) {
        print("  At work       a node was using the folder: this is what it held at that moment");
    }
    print_coverage(report);
    return code_of(report);
}

}  // namespace consentree::client::cli
