#include "ledger/event_time.h"

#include "tests/unit/ledger/domain_fixture.h"
#include "tests/unit/ledger/markdown.h"

#include <catch2/catch.hpp>

#include <deque>

namespace consentree::ledger::test {
namespace {

// Minutes into the test network's first day.
TimeMs minute(int minutes) {
    return start_time() + minutes * 60'000;
}

// What happened at one time and was recorded at another.
class Scene {
public:
    EntryView record(std::string_view who, const std::string& event, TimeMs recorded) {
        return network.record(who, {event}, recorded);
    }
    EntryView ask(const std::string& session, TimeMs happened, TimeMs recorded) {
        AccessText text;
        text.session_id = session;
        return record("unilab", access_request(text, happened), recorded);
    }
    EntryView after(std::string_view who,
                    std::string_view type,
                    const std::string& session,
                    TimeMs happened,
                    TimeMs recorded,
                    std::string_view members) {
        AccessText text;
        text.session_id = session;
        return record(who, access_event(type, text, happened, members), recorded);
    }
    void lifecycle_event(std::string_view type, TimeMs happened, TimeMs recorded) {
        REQUIRE(network.submit("northbank", {lifecycle(type, happened)}, recorded).code.empty());
    }

    // All that stands under the key of c1.
    std::vector<TimedEntry> entries(std::string_view consent_id = "c1") {
        LeafQuery query;
        query.consent = consent_key("northbank", consent_id);
        query.direction = Direction::ascending;
        query.tree_size = load_tip(network.tables())->tree_size;
        query.limit = 1000;
        std::vector<TimedEntry> found;
        for (const std::uint64_t leaf : list_leaves(network.tables(), query).leaves) {
            const EntryView entry = get_entry(network.tables(), leaf).value();
            const std::string& bytes = bytes_.emplace_back(as_text(entry.event_bytes));
            found.push_back({leaf, static_cast<TimeMs>(entry.time_us / 1000), entry.flags, bytes});
        }
        return found;
    }
    std::vector<EventTimeVerdict> judge(std::string_view consent_id = "c1") {
        auto verdicts = judge_by_event_time(entries(consent_id));
        if (!verdicts) FAIL(verdicts.error().detail);
        return std::move(*verdicts);
    }
    // In words, of the entry at that leaf.
    static std::string words(Verdict verdict, std::uint32_t flags) {
        std::string text = "`" + std::string(verdict_name(verdict)) + "`";
        for (const auto& names : {reason_codes(flags), flag_names(flags)}) {
            for (const std::string& name : names) text += " `" + name + "`";
        }
        return text;
    }
    std::string verdict_of_entry(const EntryView& entry, std::string_view consent_id = "c1") {
        for (const EventTimeVerdict& one : judge(consent_id)) {
            if (one.leaf == entry.index) return words(one.judgement.verdict, one.flags);
        }
        return "none";
    }

    Network network;

private:
    std::deque<std::string> bytes_;
};

constexpr std::string_view use_members =
    R"(,"purpose":"research","categories":["lab-results"],"action":"view","legal_basis":"consent")";

TimeMs clock(const std::string& text) {
    return minute(std::stoi(text.substr(0, 2)) * 60 + std::stoi(text.substr(3)));
}

}  // namespace

TEST_CASE("event time: the examples of docs/verdict.md are what the code says") {
    const auto rows = table_in("docs/verdict.md", "| Event | Happened");
    Scene scene;
    std::map<std::uint64_t, std::vector<std::string>> by_leaf;
    std::size_t judged = 0;
    const auto compare = [&](std::size_t column) {
        for (const EventTimeVerdict& one : scene.judge()) {
            CHECK(Scene::words(one.judgement.verdict, one.flags) == by_leaf.at(one.leaf)[column]);
            ++judged;
            if ((one.flags & flag_in_flight) != 0) CHECK(one.delay == 10 * 60'000);
        }
    };
    for (std::size_t k = 1; k < rows.size(); ++k) {
        const auto& row = rows[k];
        INFO(row[0]);
        const TimeMs happened = clock(row[1]), recorded = clock(row[2]);
        if (row[0] == "grant") {
            RecordText text;
            text.fetch = R"({"kind":"periodic","count":1,"unit":"day"})";
            scene.network.submit("northbank",
                                 {request_consent(text, happened), authorise(happened)}, recorded);
            continue;
        }
        if (row[0] == "withdraw") {
            scene.lifecycle_event("withdraw", happened, recorded);
            continue;
        }
        if (row[0] == "request s0") compare(4);
        AccessText text;
        text.session_id = row[0].substr(8);
        text.attended = text.session_id == "s3" || text.session_id == "s4";
        const EntryView entry = scene.record("unilab", access_request(text, happened), recorded);
        CHECK(Scene::words(verdict_of(entry.verdict), entry.flags) == row[3]);
        by_leaf[entry.index] = row;
    }
    compare(5);
    CHECK(judged == 9);
}

TEST_CASE("event time: a suspension counts from its block time to that of the resumption") {
    Scene scene;
    scene.network.grant({}, minute(0));
    scene.lifecycle_event("suspend", minute(10), minute(20));
    scene.lifecycle_event("resume", minute(25), minute(30));
    const auto before = scene.ask("s1", minute(9), minute(40));
    const auto crossing = scene.ask("s2", minute(10), minute(40));
    const auto last = scene.ask("s3", minute(20) - 1, minute(40));
    const auto suspended = scene.ask("s4", minute(20), minute(40));
    const auto still = scene.ask("s5", minute(30) - 1, minute(40));
    const auto resumed = scene.ask("s6", minute(30), minute(40));
    CHECK(scene.verdict_of_entry(before) == "`PERMIT` `LATE`");
    CHECK(scene.verdict_of_entry(crossing) == "`PERMIT` `LATE` `IN_FLIGHT`");
    CHECK(scene.verdict_of_entry(last) == "`PERMIT` `LATE` `IN_FLIGHT`");
    CHECK(scene.verdict_of_entry(suspended) == "`DENY` `STATE_SUSPENDED` `LATE`");
    CHECK(scene.verdict_of_entry(still) == "`DENY` `STATE_SUSPENDED`");
    CHECK(scene.verdict_of_entry(resumed) == "`PERMIT`");
}

TEST_CASE("event time: of several that an access crossed, the one that claims the earliest time") {
    Scene scene;
    scene.network.grant({}, minute(0));
    scene.lifecycle_event("suspend", minute(50), minute(60));
    scene.lifecycle_event("resume", minute(61), minute(61));
    scene.lifecycle_event("withdraw", minute(40), minute(70));
    scene.ask("s1", minute(55), minute(80));
    scene.ask("s2", minute(39), minute(80));
    const auto verdicts = scene.judge();
    REQUIRE(verdicts.size() == 2);
    CHECK(verdicts[0].delay == 30 * 60'000);
    CHECK(verdicts[0].crossed == scene.entries()[4].leaf);
    CHECK_FALSE(verdicts[1].crossed);
}

TEST_CASE("event time: a post-dated grant waits for valid_from, an amendment cures nothing") {
    Scene scene;
    RecordText text;
    text.valid_from = format_time(minute(30));
    scene.network.grant(text, minute(0));
    const auto early = scene.ask("s1", minute(29), minute(40));
    const auto due = scene.ask("s2", minute(30), minute(41));
    AccessText other;
    other.session_id = "s3";
    other.purpose = "teaching";
    const auto uncovered = scene.record("unilab", access_request(other, minute(42)), minute(42));
    text.version = 2;
    text.purposes = R"([{"code":"research"},{"code":"teaching"}])";
    scene.network.submit("northbank", {amend_consent(text, minute(50)), authorise(minute(50), 2)},
                         minute(50));
    CHECK(scene.verdict_of_entry(early) == "`DENY` `NOT_YET_VALID`");
    CHECK(scene.verdict_of_entry(due) == "`PERMIT`");
    CHECK(scene.verdict_of_entry(uncovered) == "`DENY` `PURPOSE_MISMATCH` `CONSENT_RECORDED_LATE`");
    CHECK(scene.judge()[2].granted_by == scene.entries().back().leaf);
}

TEST_CASE("event time: an access before its consent, recorded before it, is found late too") {
    Scene scene;
    AccessText text;
    const auto entry = scene.record("unilab", access_request(text, minute(1)), minute(1));
    scene.network.grant({}, minute(5));
    // It stands under its actor and subject, not under a consent that was not there.
    const std::string bytes(as_text(entry.event_bytes));
    std::vector<TimedEntry> entries{{entry.index, minute(1), entry.flags, bytes}};
    CHECK(scene.judge().empty());
    for (const TimedEntry& one : scene.entries()) entries.push_back(one);
    const auto verdicts = judge_by_event_time(entries);
    REQUIRE(verdicts.has_value());
    CHECK(Scene::words((*verdicts)[0].judgement.verdict, (*verdicts)[0].flags) ==
          "`DENY` `CONSENT_UNKNOWN` `CONSENT_RECORDED_LATE`");
}

TEST_CASE("event time: deliveries, uses and returned uses follow their sessions") {
    Scene scene;
    RecordText text;
    text.fetch = R"({"kind":"once"})";
    text.retention = R"({"unit":"hour","value":1,"basis":"from_delivery"})";
    scene.network.grant(text, minute(0));
    const auto asked = scene.ask("s1", minute(10), minute(10));
    // The provider's clock is behind: not before the request for that.
    const auto sent = scene.after("medcare", "delivery", "s1", minute(9), minute(11), failed);
    const auto again = scene.ask("s2", minute(11), minute(12));
    const auto given = scene.after("medcare", "delivery", "s2", minute(12), minute(13), delivered);
    const auto used = scene.after("unilab", "use", "s2", minute(71), minute(80), use_members);
    const auto kept = scene.after("unilab", "use", "s2", minute(72), minute(80), use_members);
    const auto behind = scene.after("unilab", "use", "s2", minute(8), minute(80), use_members);
    CHECK(scene.verdict_of_entry(asked) == "`PERMIT`");
    CHECK(scene.verdict_of_entry(sent) == "`PERMIT`");
    CHECK(scene.verdict_of_entry(again) == "`PERMIT`");
    CHECK(scene.verdict_of_entry(given) == "`PERMIT`");
    CHECK(Scene::words(verdict_of(used.verdict), used.flags) == "`DENY` `RETENTION_ENDED`");
    CHECK(scene.verdict_of_entry(used) == "`PERMIT`");
    CHECK(scene.verdict_of_entry(kept) == "`DENY` `RETENTION_ENDED`");
    CHECK(scene.verdict_of_entry(behind) == "`PERMIT` `LATE`");
    // A delivery that the log has before any request is turned around by nobody.
    const auto bare = scene.after("medcare", "delivery", "s3", minute(81), minute(81), delivered);
    scene.ask("s3", minute(80), minute(82));
    CHECK(scene.verdict_of_entry(bare) == "`DENY` `NO_PERMITTED_REQUEST`");
}

TEST_CASE("event time: restrictions and agreements are as the entry found them") {
    Scene scene;
    scene.network.grant({}, minute(0));
    AccessText ask;
    ask.event_id = "r1";
    ask.consent_id.clear();
    scene.record("unilab", access_event("rights_request", ask, minute(5), R"(,"right":"object")"),
                 minute(5));
    const auto restricted = scene.ask("s1", minute(4), minute(6));
    CHECK(scene.verdict_of_entry(restricted) == "`DENY` `RESTRICTED`");
}

TEST_CASE("event time: an override is not back-dated") {
    Scene scene;
    scene.network.grant({}, minute(0));
    scene.lifecycle_event("withdraw", minute(10), minute(10));
    const auto before = scene.ask("s1", minute(12), minute(12));
    scene.after("medcare", "override", "s1", minute(11), minute(15),
                R"(,"reason":"unconscious","approver":"dr-house","until":")" +
                    format_time(minute(60)) + "\"");
    const auto covered = scene.ask("s1", minute(16), minute(16));
    CHECK(scene.verdict_of_entry(before) == "`DENY` `STATE_WITHDRAWN`");
    CHECK(scene.verdict_of_entry(covered) == "`OVERRIDE` `STATE_WITHDRAWN`");
}

TEST_CASE("event time: a consent is superseded by one that names it, or is amended to") {
    Scene scene;
    scene.network.grant({}, minute(0));
    RecordText next;
    next.consent_id = "c2";
    const bool by_amendment = GENERATE(false, true);
    if (!by_amendment) next.supersedes = "c1";
    scene.network.grant(next, minute(10));
    if (by_amendment) {
        next.version = 2;
        next.supersedes = "c1";
        const auto outcome =
            scene.network.submit("northbank", {amend_consent(next, minute(20))}, minute(20));
        REQUIRE(outcome.code.empty());
        REQUIRE(scene.network.submit("northbank", {authorise(minute(25), 2, "c2")}, minute(25))
                    .code.empty());
    }
    const TimeMs from = minute(by_amendment ? 25 : 10);
    const auto before = scene.ask("s1", from - 1, minute(40));
    const auto after = scene.ask("s2", from, minute(40));
    CHECK(scene.verdict_of_entry(before).starts_with("`PERMIT`"));
    CHECK(scene.verdict_of_entry(after).starts_with("`DENY` `STATE_SUPERSEDED`"));
}

TEST_CASE("event time: what no ledger would have recorded is refused") {
    Scene scene;
    scene.network.grant({}, minute(0));
    scene.ask("s1", minute(1), minute(1));
    auto entries = scene.entries();
    REQUIRE(judge_by_event_time(entries).has_value());
    auto twice = entries;
    twice.insert(twice.begin(), entries.front());
    CHECK(judge_by_event_time(twice).error().code == "consent-exists");
    auto again = entries;
    again.push_back(entries[1]);
    CHECK(judge_by_event_time(again).error().code == "consent-state");
    auto headless = entries;
    headless.erase(headless.begin());
    CHECK(judge_by_event_time(headless).error().code == "consent-unknown");
    entries.push_back({9, minute(2), 0, "{}"});
    CHECK(judge_by_event_time(entries).error().code == "schema-violation");
    CHECK(judge_by_event_time({})->empty());
}

TEST_CASE("event time: an access that claims a time before all clocks") {
    Scene scene;
    scene.network.grant({}, minute(0));
    const auto entry = scene.ask("s1", -62'000'000'000'000, minute(1));
    CHECK(scene.verdict_of_entry(entry) == "`DENY` `CONSENT_UNKNOWN` `LATE`");
    CHECK(scene.judge()[0].time == 0);
}

}  // namespace consentree::ledger::test
