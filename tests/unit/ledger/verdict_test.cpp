#include "ledger/verdict.h"

#include "common/time.h"

#include <catch2/catch.hpp>

#include <random>

namespace consentree::ledger {
namespace {

TimeMs at(std::string_view text) {
    return parse_time(text).value();
}

// A consent and an access that it permits; each test breaks one thing.
struct Scene {
    ConsentRecord consent;
    AccessEvent access;
    AccessFacts facts;

    Scene() {
        consent.subject = access.subject = "sub:alice";
        consent.grantors = {{"sub:alice", "self", std::nullopt}};
        consent.recipients = {"unilab", "medcare"};
        consent.purposes = {"research", "teaching"};
        consent.categories = {"lab-results", "demographics"};
        consent.resources.labels = {"acc1", "acc2"};
        consent.actions = {"view", "store"};
        consent.valid_from = 1000;
        consent.valid_until = 2000;
        consent.data_from = 100;
        consent.data_until = 200;
        consent.fetch.count = 3;
        access.actor_org = "unilab";
        access.consent_id = "c1";
        access.purpose = "research";
        access.categories = {"demographics"};
        access.resources.labels = {"acc2"};
        access.data_from = 100;
        access.data_until = 200;
        access.action = "view";
        access.legal_basis = "consent";
        facts.time = 1500;
    }
    Judgement judge() {
        facts.access = &access;
        facts.consent = &consent;
        return judge_request(facts);
    }
    // Of a use or disclosure.
    Judgement judge_as_use() {
        facts.access = &access;
        facts.consent = &consent;
        return judge_use(facts);
    }
    // The one check that fails; none if it is permitted.
    Check failing() {
        const Judgement result = judge();
        CHECK((result.verdict == Verdict::permit) == (result.primary == Check::none));
        CHECK((result.flags & 0xffffff) ==
              (result.primary == Check::none ? 0 : flag_of(result.primary)));
        return result.primary;
    }
};

}  // namespace

TEST_CASE("verdict: permits what every check permits") {
    Scene scene;
    CHECK(scene.failing() == Check::none);
    CHECK(scene.judge().code() == 0x0100);
}

TEST_CASE("verdict: each check fails on its own") {
    Scene scene;
    SECTION("1 consent") {
        scene.facts.access = &scene.access;
        const Judgement result = judge_request(scene.facts);
        CHECK(result.code() == 0x0201);
        CHECK(reason_codes(result.flags) == std::vector<std::string>{"CONSENT_UNKNOWN"});
    }
    SECTION("2 signature") {
        scene.facts.signature_valid = false;
        CHECK(scene.failing() == Check::signature);
    }
    SECTION("3 subject") {
        scene.access.subject = "sub:bob";
        CHECK(scene.failing() == Check::subject);
    }
    SECTION("4 recipient") {
        scene.access.actor_org = "citygov";
        CHECK(scene.failing() == Check::recipient);
    }
    SECTION("5 state") {
        for (const ConsentStatus status :
             {ConsentStatus::requested, ConsentStatus::partial, ConsentStatus::suspended,
              ConsentStatus::rejected, ConsentStatus::withdrawn, ConsentStatus::revoked,
              ConsentStatus::invalidated, ConsentStatus::superseded}) {
            scene.facts.status = status;
            const Judgement result = scene.judge();
            CHECK(result.code() == 0x0205);
            std::string code = "STATE_";
            for (const char c : status_name(status)) code += static_cast<char>(c - 32);
            CHECK(reason_codes(result.flags) == std::vector<std::string>{code});
        }
    }
    SECTION("6 valid from") {
        scene.facts.time = 999;
        CHECK(scene.failing() == Check::valid_from);
        scene.facts.time = 1000;
        CHECK(scene.failing() == Check::none);
    }
    SECTION("7 valid until") {
        scene.facts.time = 1999;
        CHECK(scene.failing() == Check::none);
        scene.facts.time = 2000;
        CHECK(scene.failing() == Check::valid_until);
        scene.consent.valid_until.reset();
        CHECK(scene.failing() == Check::none);
    }
    SECTION("8 authority of every grantor") {
        scene.consent.grantors.push_back({"g2", "guardian", 1501});
        CHECK(scene.failing() == Check::none);
        scene.facts.time = 1501;
        CHECK(scene.failing() == Check::authority);
    }
    SECTION("9 purpose") {
        scene.access.purpose = "teaching";
        CHECK(scene.failing() == Check::none);
        scene.access.purpose = "marketing";
        CHECK(scene.failing() == Check::purpose);
    }
    SECTION("10 categories") {
        scene.access.categories = {"demographics", "genome"};
        CHECK(scene.failing() == Check::category);
    }
    SECTION("11 action") {
        scene.access.action = "disclose";
        CHECK(scene.failing() == Check::action);
    }
    SECTION("12 resources") {
        scene.facts.is_in_scope = false;
        CHECK(scene.failing() == Check::resource);
    }
    SECTION("13 data range") {
        scene.access.data_from = 99;
        CHECK(scene.failing() == Check::data_range);
        scene.access.data_from.reset();
        CHECK(scene.failing() == Check::data_range);
        scene.consent.data_from.reset();
        CHECK(scene.failing() == Check::none);
        scene.access.data_until = 201;
        CHECK(scene.failing() == Check::data_range);
    }
    SECTION("14 one use") {
        scene.consent.fetch = {true, 0, TimeUnit::day, Window::sliding};
        CHECK(scene.failing() == Check::none);
        scene.facts.uses = 1;
        CHECK(scene.failing() == Check::one_time);
        scene.facts.is_same_session = true;
        CHECK(scene.failing() == Check::none);
    }
    SECTION("15 rate and total") {
        scene.facts.uses = 3;
        CHECK(scene.failing() == Check::none);
        scene.facts.is_window_full = true;
        CHECK(scene.failing() == Check::frequency);
        scene.access.attended = true;
        CHECK(scene.failing() == Check::none);
        scene.consent.max_uses = 3;
        CHECK(scene.failing() == Check::frequency);
        scene.facts.is_same_session = true;
        CHECK(scene.failing() == Check::none);
    }
    SECTION("16 place") {
        scene.consent.geo_limit = {"DE", "FR"};
        CHECK(scene.failing() == Check::place);
        scene.access.place = "GB";
        CHECK(scene.failing() == Check::place);
        scene.access.place = "FR";
        CHECK(scene.failing() == Check::none);
    }
    SECTION("18 restriction") {
        scene.facts.is_restricted = true;
        CHECK(scene.failing() == Check::restricted);
    }
    SECTION("22 agreement") {
        scene.facts.agreement_holds = false;
        CHECK(scene.failing() == Check::agreement);
    }
}

TEST_CASE("verdict: evaluates every check and names the first") {
    Scene scene;
    scene.access.subject = "sub:bob";
    scene.access.purpose = "marketing";
    scene.facts.time = 2500;
    scene.facts.status = ConsentStatus::withdrawn;
    const Judgement result = scene.judge();
    CHECK(result.code() == 0x0203);
    CHECK(reason_codes(result.flags) == std::vector<std::string>{"SUBJECT_MISMATCH",
                                                                 "STATE_WITHDRAWN", "EXPIRED",
                                                                 "PURPOSE_MISMATCH"});
}

TEST_CASE("verdict: the first by number is the primary reason of a use too") {
    Scene scene;
    scene.facts.is_restricted = true;
    scene.facts.delivered.reset();
    CHECK(scene.judge_as_use().code() == 0x0212);
    Aftermath after;
    after.onward_party = "insurer";
    scene.access.after.set(after);
    scene.consent.geo_limit = {"DE"};
    CHECK(scene.judge_as_use().code() == 0x0210);
}

TEST_CASE("verdict: another legal basis skips the consent's limits, not who and whose") {
    Scene scene;
    scene.access.legal_basis = "vital";
    scene.facts.status = ConsentStatus::withdrawn;
    scene.facts.time = 5000;
    scene.access.purpose = "emergency";
    CHECK(scene.judge().code() == 0x0300);
    scene.access.subject = "sub:bob";
    CHECK(scene.judge().code() == 0x0203);
    scene.access.consent_id.clear();
    scene.facts.access = &scene.access;
    scene.facts.consent = nullptr;
    CHECK(judge_request(scene.facts).code() == 0x0300);
}

TEST_CASE("verdict: a delivery needs a consent in force and a permitted request") {
    Scene scene;
    scene.facts.access = &scene.access;
    scene.facts.consent = &scene.consent;
    CHECK(judge_delivery(scene.facts).code() == 0x0215);
    scene.facts.asked = Verdict::deny;
    CHECK(judge_delivery(scene.facts).code() == 0x0215);
    scene.facts.asked = Verdict::permit;
    CHECK(judge_delivery(scene.facts).code() == 0x0100);
    scene.facts.status = ConsentStatus::withdrawn;
    CHECK(judge_delivery(scene.facts).code() == 0x0205);
    scene.facts.asked = Verdict::permit_other_basis;
    CHECK(judge_delivery(scene.facts).code() == 0x0300);
}

TEST_CASE("verdict: an override lets through what fails, and is named") {
    Scene scene;
    scene.facts.is_overridden = true;
    CHECK(scene.judge().code() == 0x0100);
    scene.facts.status = ConsentStatus::withdrawn;
    CHECK(scene.judge().code() == 0x0405);
    CHECK_FALSE(scene.judge().is_permitted());
    scene.facts.asked = Verdict::override_used;
    CHECK(judge_delivery(scene.facts).code() == 0x0405);
    scene.facts.is_overridden = false;
    CHECK(judge_delivery(scene.facts).code() == 0x0205);
}

TEST_CASE("verdict: what needs a review is not permitted, and denied if a check fails") {
    Scene scene;
    scene.consent.needs_review = true;
    CHECK(scene.judge().code() == 0x0500);
    CHECK_FALSE(scene.judge().is_permitted());
    scene.facts.asked = Verdict::needs_review;
    CHECK(judge_delivery(scene.facts).code() == 0x0500);
    scene.access.purpose = "marketing";
    CHECK(scene.judge().code() == 0x0209);
}

TEST_CASE("verdict: data is used within what was consented, delivered and may be kept") {
    Scene scene;
    scene.facts.delivered = 1400;
    scene.consent.retention.value = 1;
    CHECK(scene.judge_as_use().code() == 0x0100);
    SECTION("19 retention to the millisecond") {
        scene.facts.time = 1400 + 86'400'000 - 1;
        CHECK(scene.judge_as_use().code() == 0x0100);
        scene.facts.time += 1;
        CHECK(scene.judge_as_use().code() == 0x0213);
    }
    SECTION("19 deleted") {
        scene.facts.is_deleted = true;
        CHECK(scene.judge_as_use().code() == 0x0213);
    }
    SECTION("21 nothing was delivered") {
        scene.facts.delivered.reset();
        CHECK(scene.judge_as_use().code() == 0x0215);
    }
    SECTION("5 taken back, but not run out") {
        scene.facts.time = 3000;
        CHECK(scene.judge_as_use().code() == 0x0100);
        scene.facts.status = ConsentStatus::superseded;
        CHECK(scene.judge_as_use().code() == 0x0100);
        scene.facts.status = ConsentStatus::withdrawn;
        CHECK(scene.judge_as_use().code() == 0x0205);
    }
    SECTION("9 another purpose") {
        scene.access.purpose = "marketing";
        CHECK(scene.judge_as_use().code() == 0x0209);
    }
    SECTION("17 onward") {
        Aftermath after;
        after.onward_party = "insurer";
        scene.access.after.set(after);
        CHECK(scene.judge_as_use().code() == 0x0211);
        scene.consent.onward = {"unilab"};
        CHECK(scene.judge_as_use().code() == 0x0100);
        scene.consent.onward.clear();
        scene.consent.recipients.push_back("insurer");
        CHECK(scene.judge_as_use().code() == 0x0100);
    }
    SECTION("another basis") {
        scene.access.legal_basis = "vital";
        scene.facts.delivered.reset();
        CHECK(scene.judge_as_use().code() == 0x0300);
    }
}

TEST_CASE("verdict: retention ends by its basis, months clamped") {
    using Basis = Retention::Basis;
    const TimeMs delivery = at("2026-01-31T10:00:00.000Z");
    const auto end = [&](Retention retention) { return retention_end(retention, delivery); };
    CHECK(end({Basis::from_delivery, false, TimeUnit::hour, 0, {}}) == delivery);
    CHECK(end({Basis::from_delivery, false, TimeUnit::hour, 2, {}}) ==
          at("2026-01-31T12:00:00.000Z"));
    CHECK(end({Basis::from_delivery, false, TimeUnit::day, 30, {}}) ==
          at("2026-03-02T10:00:00.000Z"));
    CHECK(end({Basis::from_delivery, false, TimeUnit::month, 1, {}}) ==
          at("2026-02-28T10:00:00.000Z"));
    CHECK(end({Basis::from_delivery, false, TimeUnit::year, 2, {}}) ==
          at("2028-01-31T10:00:00.000Z"));
    CHECK(end({Basis::until_time, false, TimeUnit::day, 0, 77}) == 77);
    CHECK(end({Basis::from_delivery, true, TimeUnit::day, 0, {}}) == std::nullopt);
    CHECK(end({Basis::until_event, false, TimeUnit::day, 3, {}}) == std::nullopt);
}

TEST_CASE("verdict: every check has a code and a remedy") {
    for (unsigned number = 1; number <= 22; ++number) {
        CHECK_FALSE(check_code(static_cast<Check>(number)).empty());
        CHECK_FALSE(check_remedy(static_cast<Check>(number)).empty());
    }
    CHECK(check_code(static_cast<Check>(23)).empty());
    CHECK(flag_names(flag_late | flag_in_flight) == std::vector<std::string>{"LATE", "IN_FLIGHT"});
}

TEST_CASE("window: sliding windows leave out the millisecond one length ago") {
    const TimeMs t = at("2026-03-31T12:00:00.500Z");
    CHECK(window_start({false, 1, TimeUnit::hour, Window::sliding}, 0, t) ==
          at("2026-03-31T11:00:00.501Z"));
    CHECK(window_start({false, 1, TimeUnit::day, Window::sliding}, 0, t) ==
          at("2026-03-30T12:00:00.501Z"));
    CHECK(window_start({false, 1, TimeUnit::month, Window::sliding}, 0, t) ==
          at("2026-02-28T12:00:00.501Z"));
    CHECK(window_start({false, 1, TimeUnit::year, Window::sliding}, 0, t) ==
          at("2025-03-31T12:00:00.501Z"));
}

TEST_CASE("window: calendar windows start with the UTC hour, day, month or year") {
    const TimeMs t = at("2026-03-31T12:34:56.789Z");
    const auto start = [&](TimeUnit unit, TimeMs time) {
        return window_start({false, 1, unit, Window::calendar}, 0, time);
    };
    CHECK(start(TimeUnit::hour, t) == at("2026-03-31T12:00:00.000Z"));
    CHECK(start(TimeUnit::day, t) == at("2026-03-31T00:00:00.000Z"));
    CHECK(start(TimeUnit::month, t) == at("2026-03-01T00:00:00.000Z"));
    CHECK(start(TimeUnit::year, t) == at("2026-01-01T00:00:00.000Z"));
    CHECK(start(TimeUnit::day, at("2026-03-31T23:59:59.999Z")) == at("2026-03-31T00:00:00.000Z"));
    CHECK(start(TimeUnit::day, at("2026-04-01T00:00:00.000Z")) == at("2026-04-01T00:00:00.000Z"));
}

TEST_CASE("window: anchored periods are counted from valid_from, months clamped") {
    const TimeMs from = at("2026-01-31T10:00:00.000Z");
    const auto start = [&](TimeUnit unit, std::string_view time) {
        return window_start({false, 1, unit, Window::anchored}, from, at(time));
    };
    CHECK(start(TimeUnit::day, "2026-02-02T09:59:59.999Z") == at("2026-02-01T10:00:00.000Z"));
    CHECK(start(TimeUnit::day, "2026-02-02T10:00:00.000Z") == at("2026-02-02T10:00:00.000Z"));
    CHECK(start(TimeUnit::month, "2026-02-28T09:59:59.999Z") == from);
    CHECK(start(TimeUnit::month, "2026-02-28T10:00:00.000Z") == at("2026-02-28T10:00:00.000Z"));
    CHECK(start(TimeUnit::month, "2026-03-31T09:59:59.999Z") == at("2026-02-28T10:00:00.000Z"));
    CHECK(start(TimeUnit::month, "2026-03-31T10:00:00.000Z") == at("2026-03-31T10:00:00.000Z"));
    CHECK(start(TimeUnit::year, "2027-01-31T09:59:59.999Z") == from);
    CHECK(start(TimeUnit::year, "2027-01-31T10:00:00.000Z") == at("2027-01-31T10:00:00.000Z"));
    CHECK(start(TimeUnit::month, "2025-06-01T00:00:00.000Z") == from);
}

TEST_CASE("window: a use leaves it in the millisecond that its end says") {
    const TimeMs anchor = at("2024-01-31T10:00:00.000Z");
    std::mt19937_64 random(7);
    for (int round = 0; round < 20'000; ++round) {
        const auto unit = static_cast<TimeUnit>(1 + random() % 4);
        const auto window = static_cast<Window>(1 + random() % 3);
        const Fetch fetch{false, 1, unit, window};
        // Four years from the anchor; every other on the last days of a month.
        TimeMs use = anchor + static_cast<TimeMs>(random() % 126'230'400'000);
        if (round % 2 == 0) {
            CivilTime civil = to_civil(use);
            civil.day = 1;
            use =
                add_months(from_civil(civil), 1) - 1 - static_cast<TimeMs>(random() % 172'800'000);
        }
        if (use < anchor) continue;
        const TimeMs end = window_end(fetch, anchor, use);
        INFO(static_cast<int>(unit) << " " << static_cast<int>(window) << " " << format_time(use)
                                    << " " << format_time(end));
        CHECK(end > use);
        CHECK(window_start(fetch, anchor, end) > use);
        CHECK(window_start(fetch, anchor, end - 1) <= use);
    }
}

}  // namespace consentree::ledger
