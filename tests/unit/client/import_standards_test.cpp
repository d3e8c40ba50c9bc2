// One document of each standard that the project wrote itself, found and standardised with the
// sample agreement, and what must have become of its members.
#include "client/import/built_in.h"
#include "client/import/convert.h"
#include "client/import/json_tree.h"
#include "client/import/standardise.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client::mapping;
using nlohmann::json;

namespace {

const Bytes key(32, 0x5a);

Standardised import_sample(const std::string& name, const std::string& expected_mapping) {
    const auto text = built_in_file("mappings/samples/" + name);
    REQUIRE(text.has_value());
    const auto mapping = detect_mapping(*text);
    REQUIRE(mapping.has_value());
    CHECK((*mapping)->id == expected_mapping);
    const json agreement = json::parse(*built_in_file("mappings/samples/agreement-import.json"));
    Outcome outcome = standardise({*text, **mapping, agreement, key, {}, true});
    for (const Refused& refused : outcome.refused) {
        UNSCOPED_INFO(refused.pointer << " " << refused.rule << ": " << refused.detail);
    }
    REQUIRE(outcome.value.has_value());
    return std::move(*outcome.value);
}

// Pointers into the record, and what stands there; null: nothing does.
void check(const json& record, const std::map<std::string, json>& members) {
    for (const auto& [pointer, expected] : members) {
        INFO(pointer);
        const json* value = value_at(record, pointer);
        CHECK((value == nullptr ? json("nothing") : *value) == expected);
    }
}

using Steps = std::vector<std::string>;

}  // namespace

TEST_CASE("import standards: Berlin Group") {
    const Standardised valid = import_sample("berlin-group-valid.json", "berlin-group");
    CHECK(valid.steps == Steps{"request", "authorise"});
    CHECK(valid.warnings.size() == 1);  // The string "true".
    check(valid.record,
          {{"/consent_id", "bg-sample-0001"},
           {"/categories", {"bg|balances", "bg|transactions"}},
           {"/resources", {pseudonym(key, "acc:", "DE75512108001245126199")}},
           {"/valid_until", "2026-10-25T23:00:00.000Z"},  // The night when the clock goes back.
           {"/fetch", {{"kind", "periodic"}, {"count", 4}, {"unit", "day"}, {"window", "sliding"}}},
           {"/needs_review", "nothing"}});
    const Standardised differ = import_sample("berlin-group-accounts-differ.json", "berlin-group");
    CHECK(differ.steps == Steps{"request"});
    check(differ.record, {{"/fetch", {{"kind", "once"}}}, {"/valid_until", nullptr}});
    CHECK(differ.record["resources"].size() == 2);
    const std::string review = differ.record["needs_review"];
    CHECK(review.find("different accounts") != std::string::npos);
    CHECK(review.find("9999-12-31") != std::string::npos);
}

TEST_CASE("import standards: FHIR Consent") {
    const Standardised r4 = import_sample("fhir-r4-consent-permit.json", "fhir-r4-consent");
    CHECK(r4.steps == Steps{"request", "authorise"});
    check(r4.record, {{"/consent_id", "fhir-sample-0001"},
                      {"/subject", pseudonym(key, "sub:", "Patient/sample-7")},
                      {"/grantors/0/capacity", "self"},
                      {"/provider", "medcare"},
                      {"/recipients", {{{"party", "unilab"}}}},
                      {"/purposes", {{{"code", "fhir-act-reason|HRESCH"}}}},
                      {"/categories", {"fhir-resource|Observation"}},
                      {"/actions", {"view"}},
                      {"/valid_from", "2026-01-31T23:00:00.000Z"},
                      {"/valid_until", "2027-02-28T23:00:00.000Z"},
                      {"/expression/at", "2026-02-01T08:00:00.000Z"},
                      {"/needs_review", "nothing"}});
    CHECK(r4.record.dump().find("Sample") == std::string::npos);
    const Standardised r5 = import_sample("fhir-r5-consent-deny-but.json", "fhir-r5-consent");
    CHECK(r5.steps == Steps{"request", "authorise", "revoke"});
    check(r5.record, {{"/purposes", {{{"code", "research"}}}},
                      {"/valid_until", "2026-03-28T23:00:00.000Z"},
                      {"/needs_review", "nothing"}});
}

TEST_CASE("import standards: FHIR AuditEvent") {
    const Standardised made = import_sample("fhir-auditevent-denied.json", "fhir-auditevent");
    CHECK(made.steps == Steps{"decision"});
    const auto events = events_of(made, "2027-01-01T00:00:00.000Z");
    REQUIRE(events.size() == 1);
    check(json::parse(events.front()),
          {{"/type", "access.decision"},
           {"/claimed", "deny"},
           {"/consent_id", "fhir-sample-0001"},
           {"/issuer", "northbank"},
           {"/actor_org", "unilab"},
           {"/actor_user", pseudonym(key, "usr:", "Practitioner/sample-3")},
           {"/subject", pseudonym(key, "sub:", "Patient/sample-7")},
           {"/occurred_at", "2026-03-01T09:00:00.000Z"},
           {"/policy_version", "policy-3"}});
}

TEST_CASE("import standards: ISO/IEC TS 27560") {
    const Standardised made = import_sample("iso27560-withdrawn.json", "iso27560");
    CHECK(made.steps == Steps{"request", "authorise", "withdraw"});
    check(made.record,
          {{"/consent_id", "iso-sample-0001"},
           {"/categories", {"pd|EmailAddress", "pd|Name"}},
           {"/purposes", {{{"code", "dpv|Marketing"}}}},
           {"/recipients", {{{"party", "unilab"}}}},
           {"/storage_places", {"DE", "FR"}},
           {"/retention", {{"unit", "month"}, {"value", 6}, {"basis", "from_delivery"}}},
           {"/valid_from", "2026-01-30T23:00:00.000Z"},
           {"/valid_until", "2026-02-28T23:00:00.000Z"},
           {"/expression/type", "expressed"},
           {"/withdrawal_uri", "https://northbank.example/manage"},
           {"/needs_review", "nothing"}});
}

TEST_CASE("import standards: Kantara") {
    const Standardised made = import_sample("kantara-one-purpose.json", "kantara");
    CHECK(made.steps == Steps{"request", "authorise"});
    check(made.record, {{"/valid_from", "2026-01-01T09:00:00.000Z"},
                        {"/valid_until", nullptr},
                        {"/purposes", {{{"code", "kantara-purpose|6"}}}},  // Not the legal duty.
                        {"/categories", {"kantara-pii|2"}},
                        {"/recipients", {{{"party", "unilab"}}}},
                        {"/needs_review",
                         "the termination is prose, so nobody can compute when the consent ends"}});
}

TEST_CASE("import standards: notices become events about a consent") {
    const Standardised revoked = import_sample("notice-ob-uk-revoked.json", "ob-uk-events");
    const auto events = events_of(revoked, "2027-01-01T00:00:00.000Z");
    REQUIRE(events.size() == 1);
    CHECK(json::parse(events.front()) == json{{"type", "consent.revoke"},
                                              {"issuer", "northbank"},
                                              {"consent_id", "northbank-sample-0001"},
                                              {"version", 1},
                                              {"reason", "source-notice"},
                                              {"occurred_at", "2026-03-01T09:00:00.000Z"}});
    CHECK(import_sample("notice-rebit-aa-paused.json", "rebit-aa-notices").steps ==
          Steps{"suspend"});
}

TEST_CASE("import standards: a life that no consent can have is refused") {
    CHECK_FALSE(impossible_step({"request", "authorise", "suspend", "resume", "withdraw"}));
    CHECK(impossible_step({"request", "withdraw"}) == "withdraw");
    CHECK(impossible_step({"request", "authorise", "withdraw", "authorise"}) == "authorise");
    CHECK(impossible_step({"authorise"}) == "authorise");
    CHECK(impossible_step({"request", "request"}) == "request");
    CHECK(impossible_step({"request", "no such thing"}) == "no such thing");
}
