#include "client/record.h"

#include "common/keys.h"
#include "common/time.h"
#include "ledger/event.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

using namespace consentree;
using namespace consentree::client;
using Json = nlohmann::json;

namespace {

constexpr TimeMs now = 1'795'000'000'123;

const std::string agreement_text = R"({
  "schema": "consentree/agreement/1", "id": "agreement-1",
  "record": {
    "issuer": "northbank", "provider": "northbank", "legal_basis": "consent",
    "actions": ["view"],
    "fetch": {"kind": "periodic", "count": 4, "unit": "day", "window": "sliding"},
    "retention": {"unit": "month", "value": 6, "basis": "from_delivery"},
    "storage_places": ["NL"], "jurisdiction": ["NL"],
    "notice": {"uri": "https://northbank.example/notice", "version": "3",
               "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
               "language": "en"},
    "expression": {"type": "explicit", "method": "signed-form"},
    "withdrawal_uri": "https://northbank.example/withdraw"}})";

Grant grant() {
    return {.subject = "sub:8f2c",
            .recipient = "unilab",
            .purpose = "research",
            .data = {"lab-results"},
            .expires = "2027-06-30"};
}

}  // namespace

TEST_CASE("record: a grant is the two events that the ledger's schema asks for") {
    init_crypto();
    const auto agreement = Agreement::parse(agreement_text, "agreement.json");
    REQUIRE(agreement);
    const auto built = build_grant(grant(), *agreement, "", now);
    REQUIRE(built);
    REQUIRE(built->events.size() == 2);
    for (const std::string& event : built->events) {
        INFO(event);
        const auto parsed = ledger::parse_event(event);
        if (!parsed) FAIL(parsed.error().pointer + " " + parsed.error().detail);
    }
    const Json record = Json::parse(built->events[0])["consent"];
    CHECK(record["valid_until"] == "2027-06-30T00:00:00.000Z");
    CHECK(record["valid_from"] == format_time(now));
    CHECK(record["provider"] == "northbank");
    CHECK(record["expression"]["at"] == format_time(now));
    CHECK(record["grantors"][0]["party"] == "sub:8f2c");
    CHECK(Json::parse(built->events[1])["grantor"] == "sub:8f2c");
    CHECK(std::set<std::string>(built->supplied.begin(), built->supplied.end())
              .contains("retention"));
}

TEST_CASE("record: the call wins over the agreement") {
    init_crypto();
    const auto agreement = Agreement::parse(agreement_text, "agreement.json");
    REQUIRE(agreement);
    Grant changed = grant();
    changed.provider = "medcare";
    changed.actions = {"store"};
    changed.expires = "never";
    const auto built = build_grant(changed, *agreement, "", now);
    REQUIRE(built);
    const Json record = Json::parse(built->events[0])["consent"];
    CHECK(record["provider"] == "medcare");
    CHECK(record["actions"] == Json::array({"store"}));
    CHECK(record["valid_until"].is_null());
    const std::set<std::string> supplied(built->supplied.begin(), built->supplied.end());
    CHECK_FALSE(supplied.contains("provider"));
}

TEST_CASE("record: nothing is invented") {
    init_crypto();
    const auto alone = build_grant(grant(), Agreement(), "northbank", now);
    REQUIRE_FALSE(alone);
    CHECK(alone.error().code == "member-missing");
    CHECK(alone.error().kind == FailureKind::usage);

    const Json whole = Json::parse(agreement_text);
    for (const auto& [member, value] : whole["record"].items()) {
        Json less = whole;
        less["record"].erase(member);
        const auto agreement = Agreement::parse(less.dump(), "agreement.json");
        REQUIRE(agreement);
        const auto built = build_grant(grant(), *agreement, "", now);
        INFO(member);
        REQUIRE_FALSE(built);
        CHECK(built.error().what.find(member) != std::string::npos);
    }
}

TEST_CASE("record: an agreement says nothing about one consent") {
    for (const char* member : {"consent_id", "subject", "valid_until", "grantors", "version"}) {
        Json json = Json::parse(agreement_text);
        json["record"][member] = "x";
        const auto agreement = Agreement::parse(json.dump(), "agreement.json");
        REQUIRE_FALSE(agreement);
        CHECK(agreement.error().pointer == "/record/" + std::string(member));
    }
    CHECK_FALSE(Agreement::parse("[]", "a"));
    CHECK_FALSE(Agreement::parse("{\"schema\":\"consentree/agreement/2\",\"id\":\"a\"}", "a"));
    CHECK_FALSE(Agreement::parse("{\"schema\":\"consentree/agreement/1\",\"x\":1}", "a"));
}

TEST_CASE("record: accesses, withdrawals and revocations pass the ledger's schema") {
    init_crypto();
    AccessRecord access;
    access.subject = "sub:8f2c";
    access.consent_id = "cns_1";
    access.actor = "unilab";
    access.purpose = "research";
    access.data = {"lab-results"};
    access.data_from = "2026-01";
    const auto recorded = build_access(access, "northbank", now);
    REQUIRE(recorded);
    const auto parsed = ledger::parse_event(recorded->events[0]);
    if (!parsed) FAIL(parsed.error().pointer + " " + parsed.error().detail);
    CHECK(parsed->access().issuer == "northbank");
    CHECK(parsed->access().event_id == recorded->event_id);

    for (const bool revoke : {false, true}) {
        const Withdraw withdraw{
            .consent_id = "cns_1", .version = 2, .reason = "moved", .revoke = revoke};
        const auto built = build_step(step_of(withdraw), "northbank", now);
        REQUIRE(built);
        const auto event = ledger::parse_event(built->events[0]);
        if (!event) FAIL(event.error().pointer + " " + event.error().detail);
        CHECK(event->lifecycle().version == 2);
    }
    access.data.clear();
    CHECK(build_access(access, "northbank", now).error().code == "member-missing");
}

TEST_CASE("record: an amendment comes with the authorisations that its record asks for") {
    init_crypto();
    const auto agreement = Agreement::parse(agreement_text, "agreement.json");
    REQUIRE(agreement);
    const auto granted = build_grant(grant(), *agreement, "", now);
    REQUIRE(granted);
    Json record = Json::parse(granted->events[0])["consent"];
    record["version"] = 2;
    const auto built = build_amend({.record = record.dump()}, now);
    REQUIRE(built);
    REQUIRE(built->events.size() == 2);
    for (const std::string& event : built->events) {
        const auto parsed = ledger::parse_event(event);
        if (!parsed) FAIL(parsed.error().pointer + " " + parsed.error().detail);
        CHECK(parsed->lifecycle().version == 2);
    }
    CHECK(build_amend({.record = record.dump(), .authorised = false}, now)->events.size() == 1);
    record["authorisation"] = "all";
    record["grantors"].push_back({{"party", "sub:2"}, {"capacity", "joint_holder"}});
    CHECK(build_amend({.record = record.dump()}, now)->events.size() == 3);
    for (const char* broken : {"", "[]", "{}", "{\"consent_id\":1}"}) {
        CHECK_FALSE(build_amend({.record = broken}, now));
    }
}

TEST_CASE("record: times are read as people write them") {
    CHECK(*parse_when("2027-06-30", now) == "2027-06-30T00:00:00.000Z");
    CHECK(*parse_when("2027-06", now) == "2027-06-01T00:00:00.000Z");
    CHECK(*parse_when("2027-06-30T02:00:00+02:00", now) == "2027-06-30T00:00:00.000Z");
    CHECK(*parse_when("1d", now) == format_time(now + 86'400'000));
    CHECK(*parse_when("12m", now) == *parse_when("1y", now));
    for (const char* bad : {"", "tomorrow", "d", "-1d", "0d", "1w", "2027-13-01", "99999999d"}) {
        INFO(bad);
        CHECK_FALSE(parse_when(bad, now));
    }
}

TEST_CASE("record: ids are 26 base32 digits that sort by time") {
    init_crypto();
    const std::string id = new_id("cns_", now);
    CHECK(id.size() == 30);
    CHECK(id.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 4) == std::string::npos);
    CHECK(id[4] <= '7');  // 128 bits in 130.
    CHECK(new_id("cns_", now) != id);
    CHECK(new_id("cns_", now + 1) > id);
    CHECK(new_id("cns_", 0).substr(4, 10) == "0000000000");
}
