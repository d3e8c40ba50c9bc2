// Reports over consents under schemes: the verdicts by event time beside the recorded ones, and the
// versions that both were made by.
#include "client/client.h"
#include "client/report/check.h"
#include "tests/unit/client/keeper.h"
#include "tests/unit/client/report_fixture.h"
#include "tests/unit/ledger/policy_events.h"

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;
using report::Query;

namespace {

std::string sha_of(const std::string& document) {
    return to_hex(sha256(as_bytes(document)).view());
}

// Two uses a day; version 1 lets narrower purposes in, and requests for a year of data.
std::string house_rules(int version) {
    return R"({"schema":"consentree/scheme/1","id":"house","version":)" + std::to_string(version) +
           R"(,"title":"House rules","vocabularies":[{"id":"dpv-purposes","version":1,"sha256":")" +
           sha_of(lt::policy_text("dpv-purposes")) + R"("}],"narrower_purposes":)" +
           (version == 1 ? "true" : "false") +
           R"(,"windows":{"day":"calendar"},"reads":[{"id":"two","because":"twice is enough",)"
           R"("as":{"frequency_at_most":{"day":2}}}],"requests":{"unlisted":"allowed",)"
           R"("rows":[{"id":"range","for":{},"data_range":{"month":)" +
           (version == 1 ? "12" : "1") + "}}]}}";
}
std::string in_words(const std::string& id, int version, const std::string& document) {
    return id + " version " + std::to_string(version) + " (" + sha_of(document).substr(0, 12) + ")";
}
std::string house_in_words(int version) {
    return in_words("house", version, house_rules(version)) + " with " +
           in_words("dpv-purposes", 1, lt::policy_text("dpv-purposes"));
}

// What happened at one time and was recorded at another, all times on days from the ledger's first.
struct Scene : Reported {
    TimeMs first = world.first - world.first % day + day;

    TimeMs at(int days, int hours, int minutes = 0) const {
        return first + days * day + hours * hour + minutes * minute;
    }
    void grant(const std::string& id, TimeMs when, const std::string& scheme = "house") {
        lt::RecordText text;
        text.consent_id = id;
        text.purposes = R"([{"code":"dpv|Marketing"}])";
        if (!scheme.empty()) text.more = R"(,"scheme":")" + scheme + "\"";
        world.network.grant(text, when);
    }
    lt::AccessText access(const std::string& session, const std::string& consent = "h1") const {
        lt::AccessText text;
        text.session_id = session;
        text.consent_id = consent;
        text.purpose = "dpv|Advertising";
        text.data_range = R"(,"data_from":"2026-05-20T00:00:00.000Z")"
                          R"(,"data_until":"2026-06-01T00:00:00.000Z")";
        return text;
    }
    std::uint64_t happen(const lt::AccessText& text, TimeMs happened, TimeMs recorded) {
        return world.network.record("unilab", {lt::access_request(text, happened)}, recorded).index;
    }
    std::uint64_t happen(const std::string& session, TimeMs happened, TimeMs recorded) {
        return happen(access(session), happened, recorded);
    }
    void put_in_force(int version, TimeMs when) {
        lt::put_in_force(world.network, house_rules(version), "house", when, version);
    }
};

struct Schemes : Scene {
    std::uint64_t withdrawn = 0, granted = 0;

    Schemes() {
        lt::put_in_force(world.network, lt::policy_text("dpv-purposes"), "dpv-purposes", at(0, 1));
        put_in_force(1, at(0, 2));
        grant("h1", at(0, 3));
        plant_foreign(1, at(0, 4));
        happen("n1", at(1, 10), at(1, 10));
        happen("n2", at(1, 10, 5), at(1, 10, 5));
        happen("n3", at(1, 11), at(2, 9));
        happen("n4", at(2, 10), at(2, 10));
        happen("n5", at(2, 11), at(2, 11));
        plant_foreign(2, at(2, 11, 30));
        happen(access("n6", "k1"), at(2, 12), at(2, 12));
        put_in_force(2, at(3, 12));
        lt::AccessText wide = access("r1");
        wide.data_range = R"(,"data_from":"2026-01-01T00:00:00.000Z")"
                          R"(,"data_until":"2026-06-01T00:00:00.000Z")";
        happen(wide, at(3, 11), at(3, 13));
        lt::AccessText narrow = access("r2");
        happen(narrow, at(3, 14), at(3, 14));
        narrow.session_id = "r3";
        narrow.consent_id = "h2";
        grant("h2", at(3, 15));
        happen(narrow, at(3, 16), at(3, 16));
        narrow.session_id = "l1";
        narrow.consent_id = "h3";
        narrow.purpose = "dpv|Marketing";
        happen(narrow, at(4, 9), at(4, 9, 30));
        grant("h3", at(4, 10));
        granted = ledger::load_tip(world.network.tables())->tree_size - 2;
        withdrawn =
            world.network
                .record("northbank", {lt::lifecycle("withdraw", at(4, 12), 1, "h3")}, at(4, 13))
                .index;
        narrow.session_id = "f1";
        happen(narrow, at(4, 12, 30), at(4, 14));
        certify(at(5, 0));
    }

    // Bob's consent, which comes to name one of alice's: that puts a part of it under her.
    void plant_foreign(int version, TimeMs when) {
        lt::RecordText text;
        text.consent_id = "k1";
        text.subject = "sub:bob";
        text.grantors = R"([{"party":"sub:bob","capacity":"self"}])";
        text.version = version;
        if (version > 1) text.supersedes = "h1";
        world.network.record(
            "northbank",
            {version == 1 ? lt::request_consent(text, when) : lt::amend_consent(text, when),
             lt::authorise(when, version, "k1", "sub:bob")},
            when);
    }
};

const Schemes& schemes() {
    static const Schemes all;
    return all;
}

struct Verdicts {
    std::string recorded, reasons, by_event_time, reasons_then, flags;
    bool operator==(const Verdicts&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Verdicts& one) {
    return out << one.recorded << " " << one.reasons << " / " << one.by_event_time << " "
               << one.reasons_then << " " << one.flags;
}
std::map<std::string, Verdicts> by_session(const Kept& kept) {
    std::map<std::string, Verdicts> found;
    for (std::size_t k = 0; k < kept.rows.size(); ++k) {
        const Verdicts one{
            kept.cell(k, "verdict"), kept.cell(k, "reasons"), kept.cell(k, "verdict_by_event_time"),
            kept.cell(k, "reasons_by_event_time"), kept.cell(k, "flags_by_event_time")};
        CHECK((kept.cell(k, "differs") == "yes") == (one.recorded != one.by_event_time));
        found[kept.cell(k, "session")] = one;
    }
    return found;
}

const std::map<std::string, Verdicts> expected{
    {"n1", {"PERMIT", "", "PERMIT", "", ""}},
    {"n2", {"PERMIT", "", "PERMIT", "", ""}},
    {"n3", {"PERMIT", "", "DENY", "FREQUENCY_EXCEEDED", "LATE"}},
    {"n4", {"PERMIT", "", "PERMIT", "", ""}},
    {"n5", {"DENY", "FREQUENCY_EXCEEDED", "PERMIT", "", ""}},
    {"n6", {"DENY", "", "DENY", "", ""}},
    {"r1", {"DENY", "SCHEME_LIMIT", "PERMIT", "", "LATE"}},
    {"r2", {"PERMIT", "", "PERMIT", "", ""}},
    {"r3", {"DENY", "PURPOSE_MISMATCH", "DENY", "PURPOSE_MISMATCH", ""}},
    {"l1", {"DENY", "CONSENT_UNKNOWN", "DENY", "CONSENT_UNKNOWN", "LATE; CONSENT_RECORDED_LATE"}},
    {"f1", {"DENY", "STATE_WITHDRAWN", "PERMIT", "", "LATE; IN_FLIGHT"}}};

std::string rendered(const Query& query, const char* form = "json") {
    std::ostringstream out;
    const auto sink = report::make_sink(form, out);
    REQUIRE(schemes().run(query, *sink, 3));
    return out.str();
}
Standing standing(const Json& report) {
    return report::verify_report(report.dump(), schemes().world.trust).standing;
}

}  // namespace

TEST_CASE("reports by event time: a consent under a scheme is judged by the versions of then") {
    for (const auto& [name, is_option] : {std::pair("event-time", false), {"accesses", true}}) {
        Query query = about_alice(name);
        query.event_time = is_option;
        const Kept kept = schemes().ask(query);
        auto found = by_session(kept);
        // Somebody else's consent: as its entry has it.
        CHECK(found["n6"].reasons.starts_with("SUBJECT_MISMATCH"));
        CHECK(found["n6"].reasons_then == found["n6"].reasons);
        found["n6"].reasons = found["n6"].reasons_then = "";
        for (const auto& [session, verdicts] : expected) {
            INFO(name << " " << session);
            CHECK(found[session] == verdicts);
        }
        CHECK(found.size() == expected.size());
    }
}

TEST_CASE("reports by event time: what an access crossed, and what came too late for it") {
    Query query = about_alice("permitted");
    query.event_time = true;
    query.verdict = "PERMIT";
    const Kept kept = schemes().ask(query);
    // Newest first, as without the option; --verdict is about the one by event time.
    CHECK(kept.column("session") ==
          std::vector<std::string>{"f1", "r2", "r1", "n5", "n4", "n2", "n1"});
    CHECK(kept.cell(0, "crossed") == std::to_string(schemes().withdrawn));
    CHECK(kept.cell(0, "delay") == "1 h");
    Query life;
    life.name = "history";
    life.consent = "h3";
    const Kept history = schemes().ask(life);
    CHECK(kept.cell(0, "held_by") == history.cell(history.rows.size() - 1, "signed_by"));
    CHECK(kept.cell(0, "held_by").starts_with("ctk1-"));
    CHECK(kept.rows[0].leaves.back() == schemes().withdrawn);
    query.verdict = "DENY";
    const Kept denied = schemes().ask(query);
    CHECK(denied.column("session") == std::vector<std::string>{"l1", "r3", "n6", "n3"});
    CHECK(denied.cell(0, "granted_by") == std::to_string(schemes().granted));
    query.from = format_time(schemes().at(2, 0));
    query.to = format_time(schemes().at(3, 0));
    // Those of the time asked for, judged with what came before it.
    CHECK(schemes().ask(query).column("session") == std::vector<std::string>{"n6", "n3"});
}

TEST_CASE("reports by event time: one consent alone, and as of an earlier height") {
    Query query = about_alice("accesses");
    query.event_time = true;
    query.subject.clear();
    query.consent = "h1";
    CHECK(by_session(schemes().ask(query)).at("n3") == expected.at("n3"));
    // Before the late one was recorded, the other had the use.
    query.consent.clear();
    query.subject = "sub:alice";
    query.as_of = format_time(schemes().at(2, 8));
    CHECK(by_session(schemes().ask(query)).size() == 2);
}

TEST_CASE("reports: the versions that verdicts were made by are named") {
    const auto policies = [](Query query) { return schemes().ask(query).statement.policies; };
    const std::string both = house_in_words(1) + "; " + house_in_words(2);
    CHECK(policies(about_alice("event-time")) == both);
    CHECK(policies(about_alice("accesses")) == both);
    CHECK(policies(about_alice("history")) == both);
    for (const char* form : {"json", "jsonld", "prov", "html"}) {
        CHECK(rendered(about_alice("accesses"), form).find(both) != std::string::npos);
    }
    const Kept kept = schemes().ask(about_alice("accesses"));
    CHECK(report::to_text(kept.heading, kept.statement).find(both) != std::string::npos);
    Query query = about_alice("accesses");
    query.as_of = format_time(schemes().at(3, 1));
    CHECK(policies(query) == house_in_words(1));
    query.as_of.clear();
    query.from = format_time(schemes().at(4, 0));
    CHECK(policies(query) ==
          "some consents are older than these entries; all that was in force by then: " + both);
    query = {};
    query.name = "accesses";
    query.consent = "h2";
    CHECK(policies(query) == house_in_words(2));
    query = about_alice("accesses");
    query.subject = "sub:bob";
    CHECK(policies(query) == "none: no consent among these entries is under a scheme");
}

TEST_CASE("reports by event time: a saved one is checked offline, and needs governance's log") {
    Query query = about_alice("accesses");
    query.event_time = true;
    const Json whole = Json::parse(rendered(query));
    REQUIRE(standing(whole) == Standing::verified);
    CHECK(standing(Json::parse(rendered(about_alice("event-time")))) == Standing::verified);
    CHECK(standing(Json::parse(rendered(about_alice("history")))) == Standing::verified);
    const auto is_of_governance = [](const Json& part) {
        return part["evidence"]["question"]["kind"] == "governance";
    };
    std::size_t first = 0;
    while (!is_of_governance(whole["parts"][first])) ++first;
    REQUIRE(whole["parts"].size() > first + 1);  // Several pages.
    Json other = whole;
    other["parts"].erase(other["parts"].size() - 1);  // The second version's approvals.
    CHECK(standing(other) == Standing::failed);
    (other = whole)["parts"].erase(first);
    CHECK(standing(other) == Standing::failed);
    for (other = whole; other["parts"].size() > first;) other["parts"].erase(first);
    CHECK(standing(other) == Standing::failed);
    (other = whole)["parts"][first]["evidence"]["entries"].erase(0);
    CHECK(standing(other) == Standing::failed);
    std::swap((other = whole)["parts"][first], other["parts"][0]);
    CHECK(standing(other) == Standing::failed);
    // Governance as it was before the second version.
    other = whole;
    for (std::size_t k = first; k < other["parts"].size(); ++k) {
        other["parts"][k]["evidence"]["question"]["as_of"] = 8;
    }
    CHECK(standing(other) == Standing::failed);
    (other = whole)["statement"]["policies"] = house_in_words(1);
    CHECK(standing(other) == Standing::failed);
}

TEST_CASE("reports by event time: where entries do not say enough, so does the report") {
    Kept kept;
    Query query;
    query.name = "accesses";
    query.actor = "unilab";
    query.event_time = true;
    const auto institution = schemes().run(query, kept);
    REQUIRE_FALSE(institution);
    CHECK(institution.error().kind == FailureKind::usage);
    CHECK(institution.error().what.find("an institution's entries") != std::string::npos);
    query = about_alice("accesses");
    query.event_time = query.collapse = true;
    CHECK_FALSE(schemes().run(query, kept));
    query = about_alice("register");
    query.event_time = true;
    CHECK_FALSE(schemes().run(query, kept));

    // A newer recurring consent takes the place of an older one that it does not name.
    Scene scene;
    lt::put_in_force(scene.world.network, "berlin-group", scene.at(0, 1));
    scene.grant("b1", scene.at(0, 2), "berlin-group");
    lt::AccessText access = scene.access("s1", "b1");
    access.purpose = "dpv|Marketing";
    scene.happen(access, scene.at(0, 3), scene.at(0, 3));
    scene.grant("b2", scene.at(0, 4), "berlin-group");
    access.session_id = "s2";
    scene.happen(access, scene.at(0, 5), scene.at(0, 5));
    scene.certify(scene.at(0, 6));
    const auto found = by_session(scene.ask(about_alice("event-time")));
    CHECK(found.at("s1").by_event_time == "PERMIT");
    CHECK(found.at("s2").reasons_then == "STATE_SUPERSEDED");
    Query one;
    one.name = "event-time";
    one.consent = "b1";
    const auto alone = scene.run(one, kept);
    REQUIRE_FALSE(alone);
    CHECK(alone.error().code == "report-undecidable-here");
    CHECK(kept.rows.empty());
}

TEST_CASE("reports by event time: a node that hides a scheme's version makes the report void") {
    Reader reader(0);
    ledger::test::Network& network = reader.keeper.world.network;
    const TimeMs start = static_cast<TimeMs>(ledger::load_tip(network.tables())->time_us / 1000);
    lt::put_in_force(network, "gdpr", start + 1000);
    lt::RecordText text;
    text.consent_id = "g1";
    text.purposes = R"([{"code":"dpv|Marketing"}])";
    text.more = R"(,"scheme":"gdpr")";
    network.grant(text, start + 2000);
    lt::AccessText access;
    access.consent_id = "g1";
    access.purpose = "dpv|Advertising";
    network.record("unilab", {lt::access_request(access, start + 3000)}, start + 3000);
    reader.keeper.world.certify({{0, 1'795'000'001}, {2, 1'795'000'003}, {3, 1'795'000'002}});
    reader.keeper.page_limit = 4;
    Kept kept;
    const auto made = reader.client.report(about_alice("event-time"), kept);
    INFO((made ? "" : made.error().what_to_do()));
    REQUIRE(made);
    CHECK(kept.column("verdict_by_event_time") == std::vector<std::string>{"PERMIT"});
    CHECK(made->policies.starts_with("gdpr version 1 ("));
    const std::vector<std::function<void(ledger::Evidence&)>> lies = {
        [](ledger::Evidence& evidence) { evidence.entries.back().back() ^= 1; },
        [](ledger::Evidence& evidence) {
            evidence.entries.pop_back();
            evidence.leaves.pop_back();
        },
        [](ledger::Evidence& evidence) { evidence.question.as_of_height = 1; }};
    for (const auto& lie : lies) {
        reader.keeper.lie = [&lie](ledger::Evidence& evidence) {
            if (evidence.question.kind == ledger::IndexKey::governance) lie(evidence);
        };
        Kept none;
        const auto refused = reader.client.report(about_alice("event-time"), none);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == FailureKind::verification_failed);
        CHECK(none.rows.empty());
        CHECK_FALSE(none.has_ended);
    }
}
