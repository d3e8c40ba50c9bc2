#include "client/report/check.h"

#include "client/report/render.h"
#include "client/report/run.h"
#include "ledger/policy.h"
#include "verifier/verify.h"

#include <nlohmann/json.hpp>
#include <sstream>

namespace consentree::client::report {

namespace {

using Json = nlohmann::json;
using verifier::Standing;

constexpr int depth_max = 32;

}  // namespace

bool looks_like_report(std::string_view file) {
    return file.starts_with("{\"report\":");
}

namespace {

std::string text_in(const Json& object, const char* name) {
    const auto it = object.find(name);
    return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

Query query_of(const Json& report) {
    const Json query = report.value("query", Json::object());
    Query asked;
    asked.name = text_in(report, "name");
    const std::pair<const char*, std::string*> members[] = {
        {"subject", &asked.subject},   {"consent", &asked.consent},
        {"issuer", &asked.issuer},     {"actor", &asked.actor},
        {"provider", &asked.provider}, {"purpose", &asked.purpose},
        {"category", &asked.category}, {"verdict", &asked.verdict},
        {"from", &asked.from},         {"to", &asked.to},
        {"as-of", &asked.as_of},       {"access", &asked.access},
        {"user", &asked.user},         {"notice", &asked.notice},
        {"within", &asked.within},     {"keep", &asked.keep}};
    if (!query.is_object()) return asked;
    for (const auto& [name, value] : members) *value = text_in(query, name);
    asked.collapse = text_in(query, "collapse") == "yes";
    asked.event_time = text_in(query, "event-time") == "yes";
    return asked;
}

verifier::Report refused_report(Standing standing, const std::string& reason) {
    verifier::Report report;
    report.kind = "report";
    report.standing = standing;
    report.reason = reason;
    return report;
}

// Nothing if the text is no JSON, or a depth bomb.
std::optional<Json> read_json(std::string_view text) {
    bool is_deep = false;
    Json json = Json::parse(
        text,
        [&is_deep](int depth, Json::parse_event_t, Json&) {
            is_deep = is_deep || depth > depth_max;
            return !is_deep;
        },
        false);
    if (is_deep || json.is_discarded() || !json.is_object()) return std::nullopt;
    return json;
}

verifier::Report verified_report(const Run& run, const Statement& statement) {
    verifier::Report report;
    report.kind = "report";
    report.standing = Standing::verified;
    report.network = run.heading().network;
    report.origin = statement.checkpoint.substr(0, statement.checkpoint.find('\n'));
    report.tree_size = statement.tree_size;
    report.as_of = statement.time;
    report.signers = statement.signers;
    report.quorum = static_cast<std::uint32_t>(statement.signers_needed);
    report.proven = {"the report is exactly what its evidence leads to: " +
                         std::to_string(statement.rows) + " rows of " + run.heading().name +
                         " from " + std::to_string(statement.entries) + " entries",
                     statement.completeness, "the checkpoint is cosigned by enough validators"};
    report.not_checked = {"whether what the institutions recorded is what happened"};
    return report;
}

}  // namespace

verifier::Report verify_report(std::string_view file, std::string_view trust) {
    const auto policy = ledger::parse_policy(trust);
    if (!policy) return refused_report(Standing::undecidable, "the trust file cannot be used");
    const auto given = read_json(file);
    if (!given || !given->contains("report") || !(*given)["report"].is_object()) {
        return refused_report(Standing::failed, "it is not a report in JSON");
    }
    const Json& heading = (*given)["report"];
    if (heading.value("version", Json()) != report_version) {
        return refused_report(Standing::undecidable, "it is a report of an unknown version");
    }
    if (given->contains("void")) {
        return refused_report(Standing::failed, "the report says itself that it is void");
    }
    auto run = Run::begin(query_of(heading), "");
    if (!run) return refused_report(Standing::undecidable, run.error().what);
    const auto parts = given->find("parts");
    if (parts == given->end() || !parts->is_array()) {
        return refused_report(Standing::failed, "it has no parts");
    }
    std::ostringstream made;
    const auto sink = make_sink("json", made);
    for (const Json& part : *parts) {
        const Json page = part.is_object() ? part.value("evidence", Json()) : Json();
        const auto evidence = ledger::parse_evidence(page.dump());
        if (!evidence || run->is_done() || evidence->question != run->question()) {
            return refused_report(Standing::failed,
                                  "a page is malformed, or not of this report's question");
        }
        const auto report = ledger::verify_evidence_page(*evidence, *policy);
        if (report.verdict != ledger::ProofVerdict::verified) {
            return refused_report(verifier::standing_of(report.verdict), report.reason.detail);
        }
        if (auto failed = run->take(*evidence, report, *sink)) {
            return refused_report(Standing::failed, failed->why);
        }
    }
    if (!run->is_done()) {
        return refused_report(Standing::failed, "pages are missing: entries may be left out");
    }
    const Statement statement = run->finish(*sink);
    sink->end(statement);
    if (Json::parse(made.str(), nullptr, false) != *given) {
        return refused_report(Standing::failed,
                              "its rows or its statement are not what its evidence leads to");
    }
    return verified_report(*run, statement);
}

}  // namespace consentree::client::report
