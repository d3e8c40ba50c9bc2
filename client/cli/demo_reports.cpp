#include "client/cli/demo_reports.h"

#include "client/report/report.h"

#include <algorithm>
#include <set>

namespace consentree::client::cli {

namespace {

using synthetic::Planted;

// Which kinds a report must name the sessions of.
struct Expected {
    std::string_view report;
    bool (*names)(const Planted& planted);
    // Who has no node signs no receipts: nothing to match.
    bool of_third_parties = true;
};

bool is_one_of(const Planted& planted, std::initializer_list<std::string_view> kinds) {
    return std::find(kinds.begin(), kinds.end(), planted.kind) != kinds.end();
}

constexpr Expected reports[] = {
    {"uncovered",
     [](const Planted& planted) {
         return planted.finding.rule == synthetic::Rule::verdict &&
                !planted.finding.verdict.empty();
     }},
    {"after-withdrawal",
     [](const Planted& planted) {
         return is_one_of(planted, {"withdrawn", "revoked", "suspended", "invalidated", "in-flight",
                                    "delivered-after-withdrawal", "emergency"});
     }},
    {"over-frequency",
     [](const Planted& planted) {
         return is_one_of(planted, {"frequency", "once-used-twice"});
     }},
    {"outside-scope",
     [](const Planted& planted) {
         return is_one_of(planted, {"purpose", "category", "action", "resource", "data-range",
                                    "place", "claim-differs", "used-for-other-purpose"});
     }},
    {"unmatched",
     [](const Planted& planted) {
         return is_one_of(planted, {"missing-receipt", "commitment-differs"});
     },
     false},
    {"deletion-due",
     [](const Planted& planted) { return is_one_of(planted, {"deletion-missing"}); }},
    {"overrides", [](const Planted& planted) { return is_one_of(planted, {"emergency"}); }},
};

// The sessions of a load that a report names.
class SessionSink : public report::Sink {
public:
    explicit SessionSink(const std::string& tag) : mark_("_" + tag + "_") {}

    void begin(const report::Heading& heading) override {
        const auto& columns = heading.columns;
        const auto at = std::find_if(columns.begin(), columns.end(),
                                     [](const auto& column) { return column.name == "session"; });
        column_ = static_cast<std::size_t>(at - columns.begin());
    }
    void row(const report::Row& row) override {
        if (column_ >= row.cells.size()) return;
        const std::string& session = row.cells[column_];
        if (session.find(mark_) != std::string::npos) sessions.insert(session);
    }
    void end(const report::Statement&) override {}

    std::set<std::string> sessions;

private:
    std::string mark_;
    std::size_t column_ = 0;
};

std::vector<std::string> actors_of(const PlantedLoad& load, const Expected& expected) {
    std::vector<std::string> actors = load.settings.institutions;
    if (!expected.of_third_parties) return actors;
    if (const auto* profile = synthetic::find_profile(load.settings.profile)) {
        actors.push_back(std::string(profile->recipients.prefix) + "-1");
    }
    return actors;
}

}  // namespace

Outcome<std::vector<ReportFound>> ask_reports(Client& client,
                                              const PlantedLoad& load,
                                              const std::string& from,
                                              const std::string& to) {
    std::vector<ReportFound> results;
    for (const Expected& expected : reports) {
        SessionSink sink(load.settings.tag);
        for (const std::string& actor : actors_of(load, expected)) {
            report::Query query;
            query.name = expected.report;
            query.actor = actor;
            query.from = from;
            query.to = to;
            auto told = client.report(query, sink);
            if (!told) return told.error();
        }
        std::set<std::string> planted;
        for (const Planted& one : load.planted) {
            if (expected.names(one)) planted.insert(one.session);
        }
        ReportFound result{std::string(expected.report), planted.size(), 0, 0};
        for (const std::string& session : sink.sessions) {
            (planted.contains(session) ? result.found : result.beside) += 1;
        }
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace consentree::client::cli
