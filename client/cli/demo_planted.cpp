#include "client/cli/demo_planted.h"

#include "client/record.h"
#include "common/time.h"
#include "ledger/decimal.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

using Json = nlohmann::ordered_json;
using synthetic::Finding;
using synthetic::Planted;
using synthetic::Rule;

namespace {

constexpr std::size_t line_bytes = 64 * 1024;

Json line_of(const std::string& tag, const Planted& planted) {
    const Finding& finding = planted.finding;
    return {{"load", tag},
            {"kind", planted.kind},
            {"rule", std::string(synthetic::name_of(finding.rule))},
            {"event", finding.key},
            {"verdict", finding.verdict},
            {"reasons", finding.reasons},
            {"flags", finding.flags},
            {"session", planted.session},
            {"issuer", planted.issuer},
            {"consent", planted.consent},
            {"subject", planted.subject}};
}

std::optional<Rule> rule_of(const std::string& name) {
    for (const Rule rule : {Rule::verdict, Rule::missing_receipt, Rule::commitment_differs,
                            Rule::deletion_missing, Rule::unusual_volume}) {
        if (synthetic::name_of(rule) == name) return rule;
    }
    return std::nullopt;
}

// Throws what nlohmann throws for a member of another type; the caller catches.
Planted planted_of(const Json& line) {
    const auto rule = rule_of(line.value("rule", ""));
    if (!rule) throw Json::other_error::create(501, "unknown rule", nullptr);
    Planted planted;
    planted.kind = line.value("kind", "");
    planted.finding = {*rule, line.value("event", ""), line.value("verdict", ""),
                       line.value("reasons", std::vector<std::string>()),
                       line.value("flags", std::vector<std::string>())};
    planted.session = line.value("session", "");
    planted.issuer = line.value("issuer", "");
    planted.consent = line.value("consent", "");
    planted.subject = line.value("subject", "");
    return planted;
}

void take_line(std::vector<PlantedLoad>& loads, const Json& line) {
    const std::string tag = line.value("load", "");
    if (line.contains("profile")) {
        PlantedLoad load;
        load.settings.tag = tag;
        load.settings.profile = line.value("profile", "");
        load.settings.seed = line.value<std::uint64_t>("seed", 0);
        load.settings.size = line.value<std::uint64_t>("size", 0);
        load.settings.subjects = line.value<std::uint64_t>("subjects", 0);
        load.settings.institutions = line.value("institutions", std::vector<std::string>());
        load.started = line.value("started", "");
        loads.push_back(std::move(load));
        return;
    }
    const auto load = std::find_if(loads.begin(), loads.end(), [&tag](const PlantedLoad& one) {
        return one.settings.tag == tag;
    });
    if (load == loads.end()) throw Json::other_error::create(501, "unknown load", nullptr);
    if (!line.contains("done")) {
        load->planted.push_back(planted_of(line));
        return;
    }
    load->whole = load->done;
    load->done = line.value<std::uint64_t>("done", 0);
    load->events = line.value<std::uint64_t>("events", 0);
    load->ended = line.value("ended", "");
    if (!load->ended.empty()) load->whole = load->done;
}

Failure failure_of(std::string code, std::string what, std::string hint) {
    Failure failure;
    failure.code = std::move(code);
    failure.what = std::move(what);
    failure.hint = std::move(hint);
    return failure;
}

// The number of the load's transaction in an id such as "e_TAG_17.request", or the greatest.
std::uint64_t number_in(const std::string& id, const std::string& tag) {
    const std::string mark = "_" + tag + "_";
    const std::size_t at = id.find(mark);
    if (at == id.npos) return UINT64_MAX;
    const std::size_t from = at + mark.size();
    const std::string digits = id.substr(from, id.find_first_not_of("0123456789", from) - from);
    return ledger::parse_decimal(digits).value_or(UINT64_MAX);
}

std::string now_text() {
    return format_time(wall_clock());
}

}  // namespace

std::size_t drop_unsettled(PlantedLoad& load, std::vector<Finding>& found) {
    if (!load.ended.empty()) return 0;
    const auto is_unsettled = [&](const Finding& finding) {
        // A consent of any age may just have ended.
        return finding.rule == Rule::deletion_missing ||
               number_in(finding.key, load.settings.tag) > load.whole;
    };
    std::erase_if(found, is_unsettled);
    return std::erase_if(load.planted, [&](const auto& one) { return is_unsettled(one.finding); });
}

Outcome<Done> PlantedFile::append(const std::string& lines) const {
    std::ofstream file(path_, std::ios::app | std::ios::binary);
    file << lines << std::flush;
    if (file) return Done{};
    return failure_of("file-not-written", "cannot write " + path_.string(), "Is there room?");
}

// Of a program that was killed while it wrote.
void PlantedFile::cut_torn_line() const {
    std::ifstream file(path_, std::ios::binary);
    std::string text;
    std::uintmax_t whole = 0;
    while (std::getline(file, text) && !file.eof()) whole += text.size() + 1;
    std::error_code error;
    if (std::filesystem::file_size(path_, error) > whole && !error) {
        std::filesystem::resize_file(path_, whole, error);
    }
}

Outcome<Done> PlantedFile::begin(const synthetic::Settings& settings) const {
    cut_torn_line();
    const Json line = {{"load", settings.tag},          {"profile", settings.profile},
                       {"seed", settings.seed},         {"size", settings.size},
                       {"subjects", settings.subjects}, {"institutions", settings.institutions},
                       {"started", now_text()}};
    return append(line.dump() + "\n");
}

Outcome<Done> PlantedFile::add(const std::string& tag, const std::vector<Planted>& planted) const {
    std::string lines;
    for (const Planted& one : planted) lines += line_of(tag, one).dump() + "\n";
    return append(lines);
}

Outcome<Done> PlantedFile::reached(const std::string& tag,
                                   std::uint64_t done,
                                   std::uint64_t events) const {
    const Json line = {{"load", tag}, {"done", done}, {"events", events}};
    return append(line.dump() + "\n");
}

Outcome<Done> PlantedFile::end(const std::string& tag,
                               std::uint64_t done,
                               std::uint64_t events) const {
    const Json line = {{"load", tag}, {"done", done}, {"events", events}, {"ended", now_text()}};
    return append(line.dump() + "\n");
}

Outcome<std::vector<PlantedLoad>> PlantedFile::read() const {
    std::ifstream file(path_, std::ios::binary);
    std::vector<PlantedLoad> loads;
    std::string text;
    for (std::size_t number = 1; std::getline(file, text); ++number) {
        if (file.eof()) break;
        try {
            const Json line = Json::parse(text.size() > line_bytes ? "" : text);
            take_line(loads, line);
        } catch (const Json::exception&) {
            return failure_of(
                "planted-malformed",
                path_.string() + ", line " + std::to_string(number) + ", is no line of a load",
                "Was the file edited, or the program killed? Delete the line.");
        }
    }
    return loads;
}

}  // namespace consentree::client::cli
