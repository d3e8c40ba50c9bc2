// Exports, and the way back: what a standard can carry comes home as it was.
#include "client/export/dpv.h"
#include "client/export/fhir.h"
#include "client/import/built_in.h"
#include "client/import/standardise.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client;
using nlohmann::json;

namespace {

json full_record() {
    return json::parse(R"({
      "schema": "consentree/consent/1", "consent_id": "cns_01", "issuer": "northbank", "version": 1,
      "subject": "sub:8f2c", "grantors": [{"party": "sub:8f2c", "capacity": "self"}],
      "provider": "medcare", "recipients": [{"party": "unilab"}, {"party": "northbank"}],
      "purposes": [{"code": "fhir-act-reason|HRESCH"}, {"code": "dpv|Marketing"},
        {"code": "research"}],
      "legal_basis": "consent", "categories": ["loinc|34133-9", "pd|Email", "lab-results"],
      "resources": "all", "actions": ["view", "store", "query", "disclose"],
      "valid_from": "2026-11-22T00:00:00.000Z", "valid_until": "2027-06-30T00:00:00.000Z",
      "data_from": "2020-01-01T00:00:00.000Z", "data_until": "2026-01-01T00:00:00.000Z",
      "fetch": {"kind": "periodic", "count": 4, "unit": "day"},
      "retention": {"unit": "month", "value": 6, "basis": "from_delivery"},
      "storage_places": ["DE", "FR"], "jurisdiction": ["DE"],
      "notice": {"uri": "https://medcare.example/notice", "version": "3", "language": "en",
        "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
      "expression": {"type": "explicit", "method": "web", "at": "2026-11-22T08:59:58.000Z"},
      "withdrawal_uri": "https://northbank.example/consents",
      "rights_uri": "https://northbank.example/rights"})");
}

verifier::Report::Event entry(const json& event, std::uint64_t index, const std::string& at) {
    verifier::Report::Event one;
    one.index = index;
    one.height = index;
    one.committed_at = at;
    one.type = event["type"];
    one.json = event.dump();
    return one;
}

json lifecycle(const std::string& type, int version = 1) {
    return {{"type", "consent." + type},
            {"issuer", "northbank"},
            {"consent_id", "cns_01"},
            {"version", version},
            {"occurred_at", "2026-11-23T09:00:00.000Z"}};
}

json authorise(int version = 1) {
    json event = lifecycle("authorise", version);
    event["grantor"] = "sub:8f2c";
    return event;
}

json with_record(const std::string& type, const json& record) {
    return {{"type", "consent." + type},
            {"consent", record},
            {"occurred_at", "2026-11-22T09:00:00.000Z"}};
}

// What a proof with these events would report.
verifier::Report proven(const std::vector<json>& events,
                        const std::string& as_of = "2026-12-01T00:00:00.000Z") {
    verifier::Report report;
    report.as_of = as_of;
    for (const json& event : events) {
        const auto number = static_cast<std::uint64_t>(report.events.size()) + 1;
        report.events.push_back(
            entry(event, number, "2026-11-24T00:00:0" + std::to_string(number) + ".000Z"));
    }
    return report;
}

exports::Folded granted(const json& record) {
    return exports::fold(proven({with_record("request", record), authorise()}));
}

json agreement() {
    return json::parse(R"({"schema": "consentree/agreement/1", "id": "x", "record": {
      "issuer": "northbank", "provider": "nobody", "recipients": [{"party": "nobody"}],
      "purposes": [{"code": "nothing"}], "categories": ["nothing"], "actions": ["derive"],
      "resources": "all", "fetch": {"kind": "periodic"},
      "retention": {"unit": "day", "value": 1, "basis": "from_delivery"},
      "storage_places": ["XX"], "jurisdiction": ["XX"],
      "notice": {"uri": "u", "version": "v", "language": "xx",
        "sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
      "expression": {"type": "implied", "method": "agreed"}, "withdrawal_uri": "w"},
      "import": {"own_labels": true, "capacity": "attorney", "zone": "Z", "attended": false,
      "policy_version": "p1"}})");
}

// Imported by the mapping that knows it, without a key for pseudonyms: it has none to make.
mapping::Outcome home(const std::string& text, const std::string& expected_mapping) {
    const auto found = mapping::detect_mapping(text);
    REQUIRE(found.has_value());
    CHECK((*found)->id == expected_mapping);
    const json terms = agreement();
    mapping::Outcome outcome = mapping::standardise({text, **found, terms, {}, {}, true});
    for (const auto& refused : outcome.refused) {
        UNSCOPED_INFO(refused.pointer << " " << refused.rule << ": " << refused.detail);
    }
    REQUIRE(outcome.value.has_value());
    return outcome;
}

// The members that came home other than they went, but for those named.
std::vector<std::string> differing(const json& before,
                                   const json& after,
                                   const std::vector<std::string>& but) {
    std::vector<std::string> names;
    for (const auto& [name, value] : before.items()) {
        const bool excused = std::find(but.begin(), but.end(), name) != but.end();
        if (!excused && (!after.contains(name) || after[name] != value)) {
            names.push_back(name + ": " + (after.contains(name) ? after[name].dump() : "nothing"));
        }
    }
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("export: a consent goes out as a DPV receipt and comes home") {
    const json record = full_record();
    const std::string text = exports::dpv_receipt(granted(record), "cns_01", "northbank").dump(2);
    const mapping::Outcome outcome = home(text, "iso27560");
    CHECK(differing(record, outcome.value->record, {}) == Names{});
    CHECK(outcome.value->steps == Names{"request", "authorise"});
    CHECK_FALSE(outcome.value->record.contains("needs_review"));
}

TEST_CASE("export: the kinds of fetch and retention go out as DPV and come home") {
    for (const char* fetch : {R"({"kind": "once"})", R"({"kind": "periodic"})",
                              R"({"kind": "periodic", "count": 31, "unit": "month"})"}) {
        for (const char* retention : {R"({"unit": "hour", "value": 24, "basis": "from_delivery"})",
                                      R"({"unit": "year", "value": 1, "basis": "from_delivery"})",
                                      R"({"unit": "inf", "value": 0, "basis": "from_delivery"})",
                                      R"({"unit": "inf", "value": 0, "basis": "until_event"})",
                                      R"({"unit": "day", "value": 0, "basis": "until_time",
                 "until": "2028-01-01T00:00:00.000Z"})"}) {
            json record = full_record();
            record["fetch"] = json::parse(fetch);
            record["retention"] = json::parse(retention);
            INFO(fetch << " " << retention);
            const std::string text =
                exports::dpv_receipt(granted(record), "cns_01", "northbank").dump();
            CHECK(differing(record, home(text, "iso27560").value->record, {}) == Names{});
        }
    }
}

TEST_CASE("export: a consent goes out as FHIR R4 and R5 and comes home") {
    const Names not_carried{"fetch",          "retention",  "storage_places", "jurisdiction",
                            "withdrawal_uri", "rights_uri", "notice",         "expression"};
    json record = full_record();
    record["resources"] = {"acc:1", "res:2"};
    const exports::Folded folded = granted(record);
    const std::string r4 =
        exports::fhir_consent(folded.consents.front(), exports::FhirVersion::r4).dump();
    const mapping::Outcome from_r4 = home(r4, "fhir-r4-consent");
    // "pd|Email" has no system of FHIR's own and goes out as a code of ours.
    CHECK(differing(record, from_r4.value->record, not_carried) == Names{});
    CHECK(from_r4.value->record["expression"]["at"] == record["expression"]["at"]);
    CHECK_FALSE(from_r4.value->record.contains("needs_review"));
    const std::string r5 =
        exports::fhir_consent(folded.consents.front(), exports::FhirVersion::r5).dump();
    const mapping::Outcome from_r5 = home(r5, "fhir-r5-consent");
    CHECK(differing(record, from_r5.value->record, not_carried) == Names{});
    CHECK_FALSE(from_r5.value->record.contains("needs_review"));
    CHECK(from_r5.value->steps == Names{"request", "authorise"});
}

TEST_CASE("export: what became of a consent is told in each standard's words") {
    struct Case {
        std::vector<json> events;
        const char *as_of, *ours, *r4, *r5, *dpv;
    };
    const json record = full_record();
    const json request = with_record("request", record);
    const Case cases[] = {
        {{request},
         "2026-12-01T00:00:00.000Z",
         "requested",
         "proposed",
         "draft",
         "dpv:ConsentRequested"},
        {{request, lifecycle("reject")},
         "2026-12-01T00:00:00.000Z",
         "rejected",
         "rejected",
         "not-done",
         "dpv:ConsentRefused"},
        {{request, authorise(), lifecycle("suspend")},
         "2026-12-01T00:00:00.000Z",
         "suspended",
         "inactive",
         "inactive",
         "dpv:ConsentGiven"},
        {{request, authorise(), lifecycle("withdraw")},
         "2026-12-01T00:00:00.000Z",
         "withdrawn",
         "inactive",
         "inactive",
         "dpv:ConsentWithdrawn"},
        {{request, authorise(), lifecycle("revoke")},
         "2026-12-01T00:00:00.000Z",
         "revoked",
         "inactive",
         "inactive",
         "dpv:ConsentRevoked"},
        {{request, authorise(), lifecycle("invalidate")},
         "2026-12-01T00:00:00.000Z",
         "invalidated",
         "entered-in-error",
         "entered-in-error",
         "dpv:ConsentInvalidated"},
        {{request, authorise()},
         "2028-01-01T00:00:00.000Z",
         "expired",
         "inactive",
         "inactive",
         "dpv:ConsentExpired"},
    };
    for (const Case& one : cases) {
        INFO(one.ours);
        const exports::Folded folded = exports::fold(proven(one.events, one.as_of));
        REQUIRE(folded.consents.size() == 1);
        const exports::FoldedConsent& consent = folded.consents.front();
        CHECK(consent.status == one.ours);
        CHECK(exports::fhir_consent(consent, exports::FhirVersion::r4)["status"] == one.r4);
        CHECK(exports::fhir_consent(consent, exports::FhirVersion::r5)["status"] == one.r5);
        const auto last = exports::dpv_record(consent)["dpv:hasConsentStatus"].back()["@type"];
        CHECK((last.is_array() ? last.front() : last) == one.dpv);
    }
}

TEST_CASE("export: the version in force is written, with the resources as they were changed") {
    json record = full_record();
    record["resources"] = {"acc:1", "acc:2"};
    json second = record;
    second["version"] = 2;
    second["purposes"] = {{{"code", "other"}}};
    json removal = lifecycle("resource_remove");
    removal["resources"] = {"acc:2"};
    json addition = lifecycle("resource_add");
    addition["resources"] = {"acc:3"};
    const exports::Folded pending =
        exports::fold(proven({with_record("request", record), authorise(), removal, addition,
                              with_record("amend", second)}));
    REQUIRE(pending.consents.size() == 1);
    CHECK(pending.consents[0].record["version"] == 1);
    CHECK(pending.consents[0].record["resources"] == json{"acc:1", "acc:3"});
    const exports::Folded amended = exports::fold(proven(
        {with_record("request", record), authorise(), with_record("amend", second), authorise(2)}));
    CHECK(amended.consents[0].record["version"] == 2);
    CHECK(amended.consents[0].record["purposes"][0]["code"] == "other");
}

TEST_CASE("export: an access goes out as an audit event and comes home as a decision") {
    const json request = json::parse(
        R"({"type":"access.request","event_id":"e1","session_id":"s1","issuer":"northbank",
        "consent_id":"cns_01","actor_org":"unilab","actor_user":"usr:7","subject":"sub:8f2c",
        "purpose":"fhir-act-reason|TREAT","categories":["lab-results"],"resources":"all",
        "action":"view","attended":false,"legal_basis":"consent",
        "occurred_at":"2026-11-22T09:00:00.000Z"})");
    json delivery = request;
    for (const char* member :
         {"purpose", "categories", "resources", "action", "attended", "legal_basis"}) {
        delivery.erase(member);
    }
    delivery["type"] = "access.delivery";
    delivery["status"] = {{{"resource", "all"}, {"status", "failed"}}};
    verifier::Report report = proven({request, delivery});
    report.events[0].verdict = "DENY (EXPIRED)";
    const exports::Folded folded = exports::fold(report);
    REQUIRE(folded.accesses.size() == 2);
    const auto audit = exports::fhir_audit_event(folded.accesses[0]);
    CHECK(audit["outcome"] == "8");
    CHECK(audit["outcomeDesc"] == "DENY (EXPIRED)");
    const mapping::Outcome outcome = home(audit.dump(), "fhir-auditevent");
    const auto events = mapping::events_of(*outcome.value, "2027-01-01T00:00:00.000Z");
    REQUIRE(events.size() == 1);
    const json decision = json::parse(events[0]);
    CHECK(decision["type"] == "access.decision");
    CHECK(decision["claimed"] == "deny");
    for (const char* member : {"session_id", "issuer", "consent_id", "actor_org", "actor_user",
                               "subject", "occurred_at"}) {
        CHECK(decision[member] == request[member]);
    }
    const auto delivered =
        home(exports::fhir_audit_event(folded.accesses[1]).dump(), "fhir-auditevent");
    CHECK(delivered.value->steps == Names{"request", "delivery"});
    CHECK(delivered.value->record["delivery"]["status"][0]["status"] == "failed");
    exports::FoldedAccess other{{{"type", "access.deletion"}}, "", "", 1};
    CHECK(exports::fhir_audit_event(other).is_null());
}
