// One document of each standard that the project wrote itself, found and standardised with the
// sample agreement, and what must have become of its members.
#include "client/import/built_in.h"
#include "client/import/convert.h"
#include "client/import/json_tree.h"
#include "client/import/standardise.h"
#include "ledger/event.h"

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

// A sample, changed, as one or several records.
std::vector<Standardised> import_changed(const std::string& name,
                                         bool strict,
                                         void (*change)(json& document)) {
    json document = json::parse(*built_in_file("mappings/samples/" + name));
    change(document);
    const std::string text = document.dump();
    const auto mapping = detect_mapping(text);
    REQUIRE(mapping.has_value());
    const json agreement = json::parse(*built_in_file("mappings/samples/agreement-import.json"));
    Outcome outcome = standardise({text, **mapping, agreement, key, {}, strict});
    for (const Refused& refused : outcome.refused) {
        UNSCOPED_INFO(refused.pointer << " " << refused.rule << ": " << refused.detail);
    }
    REQUIRE(outcome.value.has_value());
    std::vector<Standardised> all{std::move(*outcome.value)};
    std::move(outcome.others.begin(), outcome.others.end(), std::back_inserter(all));
    for (const Standardised& one : all) {
        for (const std::string& event : events_of(one, "2026-11-01T00:00:00.000Z")) {
            CHECK(ledger::parse_event(event).has_value());
        }
    }
    return all;
}

TEST_CASE("import standards: several processes of ISO 27560 are a record each") {
    const auto parts = import_changed("iso27560-withdrawn.json", true, [](json& document) {
        json one = document["dpv:hasProcess"], other = one;
        other["dpv:hasPurpose"] = "dpv:ServiceProvision";
        other["dpv:hasPersonalData"] = "pd:BankAccount";
        other["dpv:hasRecipient"] = json::array({"dpv:DataSubject", "ex:CityGov"});
        other["dpv:hasStorageCondition"][1]["dpv:hasDuration"] = "P30D";
        document["dpv:hasProcess"] = {one, other};
    });
    REQUIRE(parts.size() == 2);
    check(parts[0].record, {{"/consent_id", "iso-sample-0001.1"},
                            {"/arrangement_id", "iso-sample-0001"},
                            {"/purposes", {{{"code", "dpv|Marketing"}}}},
                            {"/categories", {"pd|EmailAddress", "pd|Name"}},
                            {"/recipients", {{{"party", "unilab"}}}},
                            {"/needs_review", "nothing"}});
    check(parts[1].record,
          {{"/consent_id", "iso-sample-0001.2"},
           {"/arrangement_id", "iso-sample-0001"},
           {"/purposes", {{{"code", "dpv|ServiceProvision"}}}},
           {"/categories", {"pd|BankAccount"}},
           {"/recipients", {{{"party", "citygov"}}}},
           {"/retention", {{"unit", "day"}, {"value", 30}, {"basis", "from_delivery"}}},
           {"/needs_review", "nothing"}});
    for (const Standardised& part : parts) {
        CHECK(part.steps == Steps{"request", "authorise", "withdraw"});
        CHECK(part.record["source"] == parts[0].record["source"]);
        CHECK(part.unknown.empty());
    }
    // A process within a process is for a person; what stands beside it is not.
    const auto nested = import_changed("iso27560-withdrawn.json", false, [](json& document) {
        const json one = document["dpv:hasProcess"];
        document["dpv:hasProcess"] = {one, one};
        document["dpv:hasProcess"][1]["dpv:hasProcess"] = one;
    });
    REQUIRE(nested.size() == 2);
    CHECK_FALSE(nested[0].record.contains("needs_review"));
    CHECK(nested[1].record.contains("needs_review"));
    CHECK(nested[0].unknown == nested[1].unknown);
    // Where each member came from is told in the document's own places.
    const auto& trace = parts[1].trace;
    CHECK(std::any_of(trace.begin(), trace.end(), [](const TraceItem& item) {
        return item.to == "/purposes/0/code" && item.pointer == "/dpv:hasProcess/1/dpv:hasPurpose";
    }));
}

TEST_CASE("import standards: several purposes of a Kantara receipt are a record each") {
    const auto parts = import_changed("kantara-one-purpose.json", true, [](json& document) {
        json second = document["services"][0];
        second["purposes"].erase(1);
        second["purposes"][0]["purposeCategory"] = {"2 - Contracted Service"};
        second["purposes"][0]["piiCategory"] = {"7 - Financial"};
        second["purposes"][0]["consentType"] = "IMPLICIT";
        document["services"].push_back(second);
    });
    REQUIRE(parts.size() == 2);  // The legal duty between them is none of consent's.
    check(parts[0].record, {{"/consent_id", "kantara-sample-0001.1"},
                            {"/purposes", {{{"code", "kantara-purpose|6"}}}},
                            {"/categories", {"kantara-pii|2"}},
                            {"/expression/type", "explicit"}});
    check(parts[1].record, {{"/consent_id", "kantara-sample-0001.2"},
                            {"/arrangement_id", "kantara-sample-0001"},
                            {"/purposes", {{{"code", "kantara-purpose|2"}}}},
                            {"/categories", {"kantara-pii|7"}},
                            {"/expression/type", "implied"}});
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
