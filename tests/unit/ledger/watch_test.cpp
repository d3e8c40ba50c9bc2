// The watch rules, each with its boundaries, over a ledger in memory.
#include "ledger/watch/rules.h"
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

namespace consentree::ledger::test {
namespace {

using watch::Alert;
using watch::Rule;
using watch::Rules;
using watch::Settings;

constexpr TimeMs hour_ms = 3'600'000;
using Ids = std::vector<std::string>;

// A network and the rules that read all of its log.
class Watched {
public:
    explicit Watched(Settings settings = {}) : rules(settings) {}

    // The ids of the alerts that were raised since the last call; those that ended as "-id".
    Ids news() {
        Ids ids;
        for (const std::uint64_t size = load_tip(network.tables())->tree_size; next < size;
             ++next) {
            const auto entry = get_entry(network.tables(), next);
            Rules::Findings found =
                entry ? rules.read(*entry, network.tables())
                      : rules.read(get_seal(network.tables(), next).value(), network.tables());
            for (Alert& alert : found.raised) {
                ids.push_back(alert.id());
                alerts.push_back(std::move(alert));
            }
            for (const std::string& id : found.ended) ids.push_back("-" + id);
        }
        return ids;
    }
    std::uint64_t size() const { return load_tip(network.tables())->tree_size; }
    // The place of the next event in the log.
    std::string id(Rule rule) const { return watch::id_of(rule, size()); }
    void pass(TimeMs time) {
        at += time;
        network.run(network.block({}, at));
    }
    EntryView ask(AccessText text = {}) {
        return network.record("unilab", {access_request(text, at)}, at);
    }
    EntryView by(std::string_view who,
                 std::string_view type,
                 std::string_view members,
                 AccessText text = {}) {
        return network.record(who, {access_event(type, text, at, members)}, at);
    }

    Network network;
    Rules rules;
    TimeMs at = start_time();
    std::uint64_t next = 0;
    std::vector<Alert> alerts;
};

AccessText named(std::string event_id, std::string session_id = "s1") {
    AccessText text;
    text.event_id = std::move(event_id);
    text.session_id = std::move(session_id);
    return text;
}

std::string delivery_of(std::string_view delivery, char commitment = 0) {
    std::string members = R"(,"delivery":")" + std::string(delivery) + "\"";
    if (commitment == 0) return members;
    return members + R"(,"content_commitment":")" + std::string(64, commitment) + "\"";
}

}  // namespace

TEST_CASE("watch: an access after the consent has ended is named, with who, when and how late") {
    const auto ends = GENERATE(as<std::string>{}, "withdraw", "revoke", "invalidate");
    Watched scene;
    scene.network.grant({}, scene.at);
    scene.ask();
    CHECK(scene.news().empty());
    scene.at += 1000;
    scene.network.submit("northbank", {lifecycle(ends, scene.at)}, scene.at);
    scene.at += 2 * hour_ms + 5 * 60'000;
    const Ids asked{scene.id(Rule::after_end)};
    scene.ask();
    CHECK(scene.news() == asked);
    const Alert& alert = scene.alerts.back();
    CHECK(alert.severity == watch::Severity::warning);
    CHECK(alert.sentence.find("which was " + ends) != std::string::npos);
    CHECK(alert.sentence.ends_with(" 2 h 5 min before"));
    CHECK(alert.subject == "sub:alice");
    CHECK(alert.provider == "medcare");
    CHECK(alert.actor == "unilab");
    CHECK(alert.consent_id == "c1");
    // Handing over is worse than asking.
    const Ids handed{scene.id(Rule::after_end)};
    scene.by("medcare", "delivery", delivered, named("d1"));
    CHECK(scene.news() == handed);
    CHECK(scene.alerts.back().severity == watch::Severity::serious);
}

TEST_CASE("watch: an access that claims to be from before the withdrawal is named with its delay") {
    Watched scene;
    scene.network.grant({}, scene.at);
    scene.at += hour_ms;
    scene.network.submit("northbank", {lifecycle("withdraw", scene.at)}, scene.at);
    const std::string claimed = access_request({}, scene.at - 90'000);
    scene.network.record("unilab", {claimed}, scene.at + 1000);
    REQUIRE(scene.news().size() == 1);
    CHECK(scene.alerts.back().sentence.ends_with("this was 1 min before the ledger knew"));
}

TEST_CASE("watch: other denials are no accesses after the end") {
    Watched scene;
    scene.network.grant({}, scene.at);
    AccessText other;
    other.purpose = "marketing";
    scene.ask(other);
    scene.network.submit("northbank", {lifecycle("suspend", scene.at)}, scene.at);
    scene.ask();
    CHECK(scene.news().empty());
}

TEST_CASE("watch: uses near the cap are named once in a window, from the threshold on") {
    Settings settings;
    settings.near_cap_percent = 80;
    Watched scene(settings);
    RecordText text;
    text.fetch = R"({"kind":"periodic","count":5,"unit":"day"})";
    scene.network.grant(text, scene.at);
    for (int use = 1; use <= 3; ++use) scene.ask(named("", "s" + std::to_string(use)));
    CHECK(scene.news().empty());
    // Paging is no new use; a customer who is present is not counted.
    scene.ask(named("", "s3"));
    AccessText present = named("", "s8");
    present.attended = true;
    scene.ask(present);
    CHECK(scene.news().empty());
    const Ids fourth{scene.id(Rule::near_cap)};
    scene.ask(named("", "s4"));
    CHECK(scene.news() == fourth);
    CHECK(scene.alerts.back().sentence.find("4 of 5 uses") != std::string::npos);
    scene.ask(named("", "s5"));
    CHECK(scene.news().empty());
    // A day later the window is a new one; the rules may read with the tables of a later block.
    scene.at += day_ms + 1;
    Ids again;
    for (int use = 11; use <= 15; ++use, ++scene.at) {
        if (use == 14) again = {scene.id(Rule::near_cap)};
        scene.ask(named("", "s" + std::to_string(use)));
    }
    CHECK(scene.news() == again);
    CHECK(scene.alerts.back().sentence.find("4 of 5 uses") != std::string::npos);
}

TEST_CASE("watch: a consent for one use in a window is never near its cap") {
    Watched scene;
    RecordText text;
    text.fetch = R"({"kind":"periodic","count":1,"unit":"day"})";
    scene.network.grant(text, scene.at);
    scene.ask();
    CHECK(scene.news().empty());
}

TEST_CASE("watch: a delivery without its receipt, to the millisecond") {
    Watched scene;
    scene.network.grant({}, scene.at);
    scene.ask();
    const Ids raised{scene.id(Rule::unconfirmed_delivery)};
    scene.by("medcare", "delivery", delivered, named("d1"));
    // Nothing was handed over: nothing is to be confirmed.
    scene.by("medcare", "delivery", failed, named("d2"));
    scene.pass(24 * hour_ms - 1);
    CHECK(scene.news().empty());
    const std::uint64_t seal = scene.size();
    scene.pass(1);
    CHECK(scene.news() == raised);
    CHECK(scene.alerts.back().raised.position.leaf == seal);
    CHECK(scene.alerts.back().sentence.find("medcare handed data over to unilab") == 0);
    // Once; and it ends when the receipt comes after all.
    scene.pass(day_ms);
    CHECK(scene.news().empty());
    scene.by("unilab", "receipt", delivery_of("d1"));
    CHECK(scene.news() == Ids{"-" + raised.front()});
}

TEST_CASE("watch: a receipt in time, and a second one, say nothing") {
    Watched scene;
    scene.network.grant({}, scene.at);
    scene.ask();
    scene.by("medcare", "delivery", delivered, named("d1"));
    scene.pass(24 * hour_ms - 1);
    scene.by("unilab", "receipt", delivery_of("d1", 'a'));
    scene.by("unilab", "receipt", delivery_of("d1", 'a'));
    scene.pass(2 * day_ms);
    CHECK(scene.news().empty());
}

TEST_CASE("watch: a receipt without a delivery waits for it, and then for nobody") {
    Watched scene;
    scene.network.grant({}, scene.at);
    scene.ask();
    // The halves may come in any order.
    scene.by("unilab", "receipt", delivery_of("d1"));
    scene.by("medcare", "delivery", delivered, named("d1"));
    const Ids raised{scene.id(Rule::unmatched_receipt)};
    scene.by("unilab", "receipt", delivery_of("d9"));
    scene.pass(24 * hour_ms - 1);
    CHECK(scene.news().empty());
    scene.pass(1);
    CHECK(scene.news() == raised);
    scene.by("medcare", "delivery", delivered, named("d9"));
    CHECK(scene.news() == Ids{"-" + raised.front()});
}

TEST_CASE("watch: two halves that differ are named at once, whichever comes last") {
    const bool is_receipt_first = GENERATE(false, true);
    Watched scene;
    scene.network.grant({}, scene.at);
    scene.ask();
    const std::string one =
        std::string(delivered) + R"(,"content_commitment":")" + std::string(64, 'a') + "\"";
    Ids expected;
    for (const bool is_receipt : {is_receipt_first, !is_receipt_first}) {
        expected = {scene.id(Rule::commitment_differs)};
        if (is_receipt) {
            scene.by("unilab", "receipt", delivery_of("d1", 'b'));
        } else {
            scene.by("medcare", "delivery", one, named("d1"));
        }
    }
    CHECK(scene.news() == expected);
    CHECK(scene.alerts.back().severity == watch::Severity::serious);
    // A later receipt that says otherwise is compared too; one that says nothing is not.
    scene.by("unilab", "receipt", delivery_of("d1"));
    scene.by("unilab", "receipt", delivery_of("d1", 'a'));
    CHECK(scene.news().empty());
    expected = {scene.id(Rule::commitment_differs)};
    scene.by("unilab", "receipt", delivery_of("d1", 'c'));
    CHECK(scene.news() == expected);
}

TEST_CASE("watch: retention that ended without a deletion") {
    Settings settings;
    settings.deletion_hours = 2;
    Watched scene(settings);
    RecordText text;
    text.retention = R"({"unit":"day","value":1,"basis":"from_delivery"})";
    scene.network.grant(text, scene.at);
    const auto hand_over = [&](const std::string& delivery) {
        scene.by("medcare", "delivery", delivered, named(delivery));
        scene.by("unilab", "receipt", delivery_of(delivery));
    };
    const std::string deleted =
        R"(,"deliveries":["d1"],"method":"crypto-erase","attestation":"done")";
    scene.ask();
    hand_over("d1");
    // Deleted in time; then something is delivered anew.
    scene.pass(day_ms);
    scene.by("unilab", "deletion", deleted);
    const Ids raised{scene.id(Rule::retention_ended)};
    hand_over("d2");
    scene.pass(day_ms + 2 * hour_ms - 1);
    CHECK(scene.news().empty());
    scene.pass(1);
    CHECK(scene.news() == raised);
    scene.by("unilab", "deletion", deleted);
    CHECK(scene.news() == Ids{"-" + raised.front()});
}

TEST_CASE("watch: requests of subjects are answered by their due time") {
    Watched scene;
    AccessText none;
    none.consent_id.clear();
    const auto erasure = [&](const std::string& id) {
        AccessText text = none;
        text.event_id = id;
        scene.by("unilab", "erasure_request",
                 R"(,"scope":["all"],"ground":"gdpr-17-1-b","due":")" +
                     format_time(start_time() + day_ms) + "\"",
                 text);
    };
    const auto answer = [&](const std::string& id) {
        scene.by("unilab", "erasure_result", R"(,"request":")" + id + R"(","result":"done")", none);
    };
    const Ids first{scene.id(Rule::overdue_request)};
    erasure("e1");
    erasure("e2");
    answer("e2");
    scene.at = start_time() + day_ms - 1;
    scene.pass(0);
    CHECK(scene.news().empty());
    scene.pass(1);
    CHECK(scene.news() == first);
    CHECK(scene.alerts.back().sentence.find("e1, which was due") != std::string::npos);
    // An answer to another subject's request of that name is no answer.
    none.subject = "sub:bob";
    answer("e1");
    CHECK(scene.news().empty());
    none.subject = "sub:alice";
    answer("e1");
    CHECK(scene.news() == Ids{"-" + first.front()});
}

TEST_CASE("watch: break-glass access, reviews and breaches are named as they come") {
    Watched scene;
    RecordText text;
    text.more = R"(,"needs_review":"the source excludes one nurse")";
    scene.network.grant(text, scene.at);
    Ids expected{scene.id(Rule::needs_review)};
    scene.ask();
    CHECK(scene.news() == expected);
    expected = {scene.id(Rule::override_used)};
    scene.by("medcare", "override",
             R"(,"reason":"unconscious","approver":"dr-house","until":")" +
                 format_time(scene.at + hour_ms) + "\"",
             named("", "er1"));
    CHECK(scene.news() == expected);
    expected = {scene.id(Rule::override_used)};
    AccessText emergency = named("", "er1");
    emergency.purpose = "emergency";
    scene.ask(emergency);
    CHECK(scene.news() == expected);
    CHECK(scene.alerts.back().sentence.ends_with("against PURPOSE_MISMATCH"));
    const std::string breach = R"({"type":"access.breach","event_id":"b1","actor_org":"unilab",)"
                               R"("detected_at":"2026-06-01T00:00:00.000Z","sessions":["s1"],)"
                               R"("categories":["lab-results"],"count":12,"occurred_at":")" +
                               format_time(scene.at) + "\"}";
    expected = {scene.id(Rule::breach)};
    scene.network.record("unilab", {breach}, scene.at);
    CHECK(scene.news() == expected);
}

TEST_CASE("watch: volume is judged against the institution's own hours") {
    Settings settings;
    settings.volume_history_hours = 24;
    settings.volume_floor = 5;
    settings.volume_spreads = 4;
    watch::Volume volume(settings);
    TimeMs at = 1'000 * day_ms;
    const auto count = [&](int times, const std::string& who = "unilab") {
        std::optional<watch::Volume::Unusual> said;
        for (int k = 0; k < times; ++k) {
            if (const auto unusual = volume.count(who, at)) {
                CHECK_FALSE(said.has_value());
                said = unusual;
            }
        }
        return said;
    };
    // 23 hours are no history: 10 and 12 accesses by turns.
    for (int hour = 0; hour < 23; ++hour, at += hour_ms) CHECK_FALSE(count(hour % 2 ? 12 : 10));
    CHECK_FALSE(count(1000));
    at += hour_ms;
    // The mean is now high for one hour of a thousand; a fresh institution shows the bounds.
    at += 400 * hour_ms;
    for (int hour = 0; hour < 24; ++hour, at += hour_ms) count(hour % 2 ? 12 : 10, "medcare");
    // Mean 11, spread 1: fifteen are four spreads above it and no more, and less than twice the
    // mean.
    CHECK_FALSE(count(21, "medcare"));
    const auto said = count(1, "medcare");
    REQUIRE(said);
    CHECK(said->in_hour == 22);
    CHECK(said->mean == 11);
    CHECK(said->spread == 1);
    CHECK(said->hours == 24);
    // Once in an hour; anew in the next.
    CHECK_FALSE(count(100, "medcare"));
    at += hour_ms;
    CHECK_FALSE(count(20, "medcare"));
}

TEST_CASE("watch: volume knows the quiet hours, and never overflows") {
    Settings settings;
    settings.volume_history_hours = 1;
    settings.volume_floor = 1;
    settings.volume_spreads = 100;
    watch::Volume volume(settings);
    CHECK_FALSE(volume.count("a", 0));
    // 335 quiet hours: mean 1/336 with a spread of nearly 18/336, a hundred of which are 5.4.
    std::optional<watch::Volume::Unusual> said;
    int times = 0;
    for (; !said && times < 100; ++times) said = volume.count("a", 336 * hour_ms);
    CHECK(times == 6);
    CHECK(said->hours == 336);
    watch::Volume busy(settings);
    for (std::uint64_t k = 0; k < watch::Volume::per_hour_max + 10; ++k) busy.count("a", 0);
    CHECK_FALSE(busy.count("a", hour_ms));
}

TEST_CASE("watch: obligations beyond the bound forget the oldest, and say how many") {
    watch::Obligations obligations(2);
    const auto key = [](std::uint8_t n) {
        Hash hash;
        hash.bytes[0] = n;
        return hash;
    };
    for (std::uint8_t n = 1; n <= 3; ++n) {
        obligations.expect(key(n), {Rule::retention_ended, 100 - n, n, false});
    }
    CHECK(obligations.size() == 2);
    CHECK(obligations.forgotten() == 1);
    CHECK_FALSE(obligations.find(key(1)));
    CHECK(obligations.take_overdue(96).empty());
    // In the order of their times.
    const auto overdue = obligations.take_overdue(98);
    REQUIRE(overdue.size() == 2);
    CHECK(overdue[0].leaf == 3);
    CHECK(overdue[1].leaf == 2);
    CHECK(obligations.take_overdue(1000).empty());
    CHECK(obligations.fulfil(key(3))->is_named);
    CHECK_FALSE(obligations.fulfil(key(3)));
}

TEST_CASE("watch: positions and names have one spelling") {
    CHECK(watch::format_position({40, 2}) == "40.2");
    CHECK(watch::parse_position("40.2") == watch::Position{40, 2});
    for (const char* text : {"", "40", ".", "40.", ".2", "040.2", "40.02", "40.2.1", "-1.0",
                             "40.2 ", "18446744073709551616.0", "1.4294967296"}) {
        CHECK_FALSE(watch::parse_position(text));
    }
    for (std::size_t rule = 0; rule < watch::rule_count; ++rule) {
        const auto one = static_cast<Rule>(rule);
        CHECK(watch::rule_of(watch::rule_name(one)) == one);
    }
    CHECK_FALSE(watch::rule_of("after_end"));
}

}  // namespace consentree::ledger::test
