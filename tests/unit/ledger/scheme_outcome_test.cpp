// What a scheme leads to in the log: over-long requests that are trimmed, and the consents whose
// place a newer recurring one takes.
#include "ledger/entry.h"
#include "ledger/event_time.h"
#include "ledger/map_fn.h"
#include "ledger/replay.h"
#include "ledger/self_check.h"
#include "policy_events.h"
#include "tests/unit/ledger/evidence_fixture.h"

#include <deque>

namespace consentree::ledger::test {
namespace {

using Names = std::vector<std::string>;

constexpr const char* from_2015 = R"(,"data_from":"2015-01-01T00:00:00.000Z")";
std::string until(const std::string& time) {
    return R"(,"data_until":")" + time + "\"";
}

// A consent to ten years of securities, of which one request may ask for two.
struct Securities {
    Network network;
    TimeMs t = start_time();
    AccessText access;

    explicit Securities(const std::string& over_long = R"("over_long": "trimmed")") {
        std::string document = policy_text("rebit-aa");
        const std::string stated = R"("over_long": "trimmed")";
        document.replace(document.find(stated), stated.size(), over_long);
        put_in_force(network, "rebit-purposes", t);
        put_in_force(network, document, "rebit-aa", t);
        RecordText text;
        text.more = R"(,"scheme":"rebit-aa")";
        text.purposes = R"([{"code":"rebit|101"}])";
        text.categories = R"(["rebit|SUMMARY.ETF"])";
        text.data_range =
            R"(,"data_from":"2010-01-01T00:00:00.000Z","data_until":"2020-01-01T00:00:00.000Z")";
        text.fetch = R"({"kind":"periodic","count":31,"unit":"month"})";
        text.retention = R"({"unit":"day","value":0,"basis":"from_delivery"})";
        network.grant(text, t);
        access.purpose = "rebit|101";
        access.categories = text.categories;
    }
    EntryView ask(const std::string& range) {
        access.data_range = range;
        return network.record("unilab", {access_request(access, t)}, t);
    }
    EntryView deliver(const std::string& range) {
        const auto event = access_event("delivery", access, t, std::string(delivered) + range);
        return network.record("medcare", {event}, t);
    }
    CheckAnswer check(const std::string& until_time) const {
        CheckQuestion question;
        question.subject = access.subject;
        question.actor_org = access.actor_org;
        question.purpose = access.purpose;
        question.categories = {"rebit|SUMMARY.ETF"};
        question.data_from = parse_rfc3339("2015-01-01T00:00:00.000Z");
        question.data_until = parse_rfc3339(until_time);
        return check_now(network.tables(), question, t);
    }
};

// All entries, as reports get them.
struct Entries {
    std::deque<std::string> texts;
    std::vector<TimedEntry> timed;
    std::vector<ProvenEntry> proven;

    explicit Entries(const Network& network) {
        const std::uint64_t size = load_tip(network.tables())->tree_size;
        for (std::uint64_t leaf = 0; leaf < size; ++leaf) {
            const auto view = get_entry(network.tables(), leaf);
            if (!view) continue;
            const std::string& text = texts.emplace_back(as_text(view->event_bytes));
            timed.push_back({leaf, static_cast<TimeMs>(view->time_us / 1000), view->flags, text});
            const Bytes bytes = entry_leaf_bytes(*view);
            proven.push_back({leaf, decode_entry(bytes).value().head, text});
        }
    }
};

std::vector<std::uint64_t> leaves_under(const Network& network, LeafQuery query) {
    query.direction = Direction::ascending;
    query.tree_size = UINT64_MAX;
    query.limit = 1000;
    return list_leaves(network.tables(), query).leaves;
}
bool stands_under(const Network& network, std::uint64_t leaf, const std::string& consent) {
    LeafQuery query;
    query.consent = consent_key("northbank", consent);
    const auto leaves = leaves_under(network, query);
    return std::find(leaves.begin(), leaves.end(), leaf) != leaves.end();
}

}  // namespace

TEST_CASE("over-long requests: let in for what the scheme's rows allow, and recorded so") {
    Securities scene;
    const EntryView whole = scene.ask(from_2015 + until("2017-01-01T00:00:00.000Z"));
    CHECK(verdict_name(verdict_of(whole.verdict)) == "PERMIT");
    CHECK_FALSE(whole.granted_until);
    CHECK(flag_names(whole.flags).empty());

    scene.access.session_id = "s2";
    const EntryView trimmed = scene.ask(from_2015 + until("2019-01-01T00:00:00.000Z"));
    CHECK(verdict_name(verdict_of(trimmed.verdict)) == "PERMIT");
    CHECK(reason_codes(trimmed.flags).empty());
    CHECK(flag_names(trimmed.flags) == Names{"TRIMMED"});
    REQUIRE(trimmed.granted_until);
    CHECK(format_time(*trimmed.granted_until) == "2017-01-01T00:00:00.000Z");
    const Bytes leaf = entry_leaf_bytes(trimmed);
    CHECK(leaf.front() == trimmed_entry_format);
    CHECK(decode_entry(leaf).value().head.granted_until == trimmed.granted_until);
    CHECK_FALSE(find_damage(scene.network.tables(), *load_tip(scene.network.tables())));

    // Deliveries are judged against what was granted, as far as they say their range.
    const auto reasons = [&](const std::string& range) {
        return reason_codes(scene.deliver(range).flags);
    };
    CHECK(reasons("").empty());
    CHECK(reasons(from_2015 + until("2017-01-01T00:00:00.000Z")).empty());
    CHECK(reasons(until("2017-01-01T00:00:00.001Z")) == Names{"DATA_RANGE_EXCEEDED"});
    CHECK(reasons(R"(,"data_from":"2014-12-31T23:59:59.999Z")") == Names{"DATA_RANGE_EXCEEDED"});
    scene.access.session_id = "s1";
    CHECK(reasons(until("2017-01-01T00:00:00.000Z")).empty());

    // By event time it is judged again, and a client that replays what is proven judges nothing.
    const Entries entries(scene.network);
    const auto verdicts = judge_by_event_time(entries.timed);
    REQUIRE(verdicts.has_value());
    for (const EventTimeVerdict& one : *verdicts) {
        const EntryView entry = *get_entry(scene.network.tables(), one.leaf);
        CHECK(one.judgement.code() == entry.verdict);
        CHECK(one.judgement.granted_until == entry.granted_until);
        CHECK(one.flags == entry.flags);
    }
    Replay replay;
    for (const ProvenEntry& entry : entries.proven) REQUIRE(replay.apply(entry).has_value());
    const Bytes session = session_key(consent_key("northbank", "c1"), "s2");
    const auto replayed = load_session(replay.tables(), session);
    REQUIRE(replayed);
    CHECK(replayed->data_until == trimmed.granted_until);
    CHECK(*replayed == *load_session(scene.network.tables(), session));
}

TEST_CASE("over-long requests: what cannot be trimmed is denied") {
    Securities scene;
    const auto reasons = [&](const std::string& range) {
        return reason_codes(scene.ask(range).flags);
    };
    // Outside the consent: a request is trimmed to the scheme's limits, not to the consent's.
    CHECK(reasons(from_2015 + until("2020-01-01T00:00:00.001Z")) == Names{"DATA_RANGE_EXCEEDED"});
    CHECK(reasons(until("2017-01-01T00:00:00.000Z")) ==
          Names{"DATA_RANGE_EXCEEDED", "SCHEME_LIMIT"});
    // Another check fails: nothing is granted.
    scene.access.action = "store";
    const EntryView denied = scene.ask(from_2015 + until("2019-01-01T00:00:00.000Z"));
    CHECK(reason_codes(denied.flags) == Names{"ACTION_NOT_ALLOWED"});
    CHECK(flag_names(denied.flags).empty());
    CHECK_FALSE(denied.granted_until);
    scene.access.action = "view";

    const CheckAnswer answer = scene.check("2019-01-01T00:00:00.000Z");
    CHECK(answer.allowed);
    CHECK(answer.granted_until == parse_rfc3339("2017-01-01T00:00:00.000Z"));
    CHECK(answer.explanation ==
          "unilab may view the data of sub:alice for rebit|101 under consent c1, of the data until "
          "2017-01-01T00:00:00.000Z only.");
    CHECK_FALSE(scene.check("2016-01-01T00:00:00.000Z").granted_until);

    Securities strict(R"("over_long": "refused")");
    CHECK(reason_codes(strict.ask(from_2015 + until("2019-01-01T00:00:00.000Z")).flags) ==
          Names{"SCHEME_LIMIT"});
    CHECK_FALSE(strict.check("2019-01-01T00:00:00.000Z").allowed);
    const auto unknown = parse_scheme(R"({"schema":"consentree/scheme/1","id":"a","version":1,)"
                                      R"("title":"t","requests":{"unlisted":"allowed",)"
                                      R"("over_long":"cut","rows":[{"id":"r","for":{}}]}})");
    REQUIRE(unknown.has_error());
    CHECK(unknown.error().pointer == "/requests/over_long");
}

TEST_CASE("one recurring consent: what takes its place stands under its keys") {
    Certified world(0);
    Network& network = world.network;
    const TimeMs t = start_time() + 1000;
    put_in_force(network, "berlin-group", t);
    RecordText text;
    text.more = R"(,"scheme":"berlin-group")";
    text.consent_id = "old";
    text.provider = "citygov";
    network.grant(text, t);
    const auto last_leaf = [&](const TxOutcome& outcome) { return outcome.leaves.back(); };

    text.consent_id = "new";
    text.provider = "medcare";
    const auto asked = network.submit("northbank", {request_consent(text, t)}, t);
    const auto granted = network.submit("northbank", {authorise(t, 1, "new")}, t);
    const auto later = network.submit("northbank", {lifecycle("suspend", t, 1, "new")}, t);
    CHECK(network.consent("old", t).status == ConsentStatus::superseded);
    CHECK(stands_under(network, last_leaf(asked), "old"));
    CHECK(stands_under(network, last_leaf(granted), "old"));
    CHECK_FALSE(stands_under(network, last_leaf(later), "old"));

    // The complete answer about the old one has the event, and so has that about its provider.
    world.certify({{0, 1'795'000'001}, {2, 1'795'000'003}, {3, 1'795'000'002}});
    for (const Question& question : {ask_about(IndexKey::consent, "old", "northbank"),
                                     ask_about(IndexKey::provider, "citygov")}) {
        const EvidenceReport report = world.check(world.ask(question));
        CHECK(report.verdict == ProofVerdict::verified);
        CHECK(std::any_of(report.entries.begin(), report.entries.end(),
                          [&](const auto& entry) { return entry.index == last_leaf(granted); }));
    }

    // A one-off consent takes no place; a grant in one transaction does.
    text.consent_id = "once";
    text.fetch = R"({"kind":"once"})";
    const auto once =
        network.submit("northbank", {request_consent(text, t), authorise(t, 1, "once")}, t);
    CHECK_FALSE(stands_under(network, last_leaf(once), "new"));
    text.consent_id = "third";
    text.fetch = R"({"kind":"periodic"})";
    const auto third =
        network.submit("northbank", {request_consent(text, t), authorise(t, 1, "third")}, t);
    for (const std::uint64_t leaf : third.leaves) {
        CHECK(stands_under(network, leaf, "new"));
        CHECK_FALSE(stands_under(network, leaf, "old"));
    }
}

TEST_CASE("one recurring consent: by event time the entries under the older one's key suffice") {
    Network network;
    const TimeMs t = start_time();
    put_in_force(network, "berlin-group", t);
    RecordText text;
    text.more = R"(,"scheme":"berlin-group")";
    text.consent_id = "old";
    network.grant(text, t);
    text.consent_id = "slow";
    network.submit("northbank", {request_consent(text, t)}, t);
    const auto judged = [&](const std::string& consent) {
        const Entries all(network);
        std::vector<TimedEntry> entries;
        for (const TimedEntry& entry : all.timed) {
            const auto event = parse_event(entry.event);
            if (is_policy(event->kind) || stands_under(network, entry.leaf, consent)) {
                entries.push_back(entry);
            }
        }
        return judge_by_event_time(entries);
    };
    AccessText access;
    access.consent_id = "old";
    network.record("unilab", {access_request(access, t + 5)}, t + 5);
    text.consent_id = "new";
    network.grant(text, t + 7);
    access.session_id = "s2";
    network.record("unilab", {access_request(access, t + 9)}, t + 9);
    const auto verdicts = judged("old");
    REQUIRE(verdicts.has_value());
    REQUIRE(verdicts->size() == 2);
    CHECK(verdicts->front().judgement.verdict == Verdict::permit);
    CHECK(reason_codes(verdicts->back().flags) == Names{"STATE_SUPERSEDED"});

    // "slow" was requested while "old" had the place that it takes from "new": its request does not
    // stand under "new", and without it nothing can be said.
    network.submit("northbank", {authorise(t + 11, 1, "slow")}, t + 11);
    CHECK(network.consent("new", t + 11).status == ConsentStatus::superseded);
    CHECK(judged("old").has_value());
    REQUIRE(judged("new").has_error());
    CHECK(judged("new").error().code == "consent-unknown");
}

}  // namespace consentree::ledger::test
