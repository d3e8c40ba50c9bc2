#include "client/export/codes.h"
#include "client/export/fhir.h"

namespace consentree::client::exports {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

ordered_json concept_of(ordered_json one_coding) {
    return {{"coding", ordered_json::array({std::move(one_coding)})}};
}

ordered_json codings(const json& codes) {
    ordered_json list = ordered_json::array();
    for (const json& code : codes) {
        if (code.is_string()) list.push_back(coding(code.get<std::string>()));
    }
    return list;
}

const char* status_of(const std::string& status, FhirVersion version) {
    const bool r5 = version == FhirVersion::r5;
    if (status == "requested" || status == "partial") return r5 ? "draft" : "proposed";
    if (status == "active") return "active";
    if (status == "rejected") return r5 ? "not-done" : "rejected";
    if (status == "invalidated") return "entered-in-error";
    return "inactive";
}

ordered_json period(const json& record, const char* from, const char* until) {
    ordered_json result = ordered_json::object();
    if (const std::string start = text_of(record, from); !start.empty()) result["start"] = start;
    if (const std::string end = text_of(record, until); !end.empty()) result["end"] = end;
    return result;
}

ordered_json actions(const json& record) {
    static const std::pair<const char*, const char*> known[] = {
        {"view", "access"}, {"store", "collect"}, {"query", "use"}, {"disclose", "disclose"}};
    ordered_json list = ordered_json::array();
    for (const json& action : list_of(record, "actions")) {
        for (const auto& [ours, theirs] : known) {
            if (action != ours) continue;
            list.push_back(
                concept_of({{"system", "http://terminology.hl7.org/CodeSystem/consentaction"},
                            {"code", theirs}}));
        }
    }
    return list;
}

ordered_json actors(const json& record) {
    ordered_json list = ordered_json::array();
    for (const json& recipient : list_of(record, "recipients")) {
        list.push_back(
            {{"role",
              concept_of({{"system", "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"},
                          {"code", "PRCP"}})},
             {"reference", reference(text_of(recipient, "party"))}});
    }
    return list;
}

// What is permitted, in one level.
ordered_json provision(const json& record) {
    ordered_json result = {{"period", period(record, "valid_from", "valid_until")},
                           {"actor", actors(record)}};
    if (ordered_json list = actions(record); !list.empty()) result["action"] = std::move(list);
    ordered_json purposes = ordered_json::array(), codes = ordered_json::array();
    for (const json& purpose : list_of(record, "purposes")) {
        purposes.push_back(coding(text_of(purpose, "code")));
    }
    for (ordered_json& one : codings(list_of(record, "categories"))) {
        codes.push_back(concept_of(std::move(one)));
    }
    result["purpose"] = std::move(purposes);
    result["code"] = std::move(codes);
    ordered_json data_period = period(record, "data_from", "data_until");
    if (!data_period.empty()) result["dataPeriod"] = std::move(data_period);
    if (const json& resources = list_of(record, "resources"); !resources.empty()) {
        ordered_json data = ordered_json::array();
        for (const json& one : resources) {
            const auto label = one.get<std::string>();
            data.push_back({{"meaning", "instance"}, {"reference", reference(label)}});
        }
        result["data"] = std::move(data);
    }
    return result;
}

// Who gave it, where that was not the subject.
ordered_json grantors(const json& record) {
    ordered_json list = ordered_json::array();
    for (const json& grantor : list_of(record, "grantors")) {
        const std::string party = text_of(grantor, "party");
        if (party != text_of(record, "subject")) list.push_back(reference(party));
    }
    return list;
}

}  // namespace

ordered_json fhir_consent(const FoldedConsent& consent, FhirVersion version) {
    const json& record = consent.record;
    const bool r5 = version == FhirVersion::r5;
    const std::string issuer = text_of(record, "issuer");
    const std::string expressed = text_of(record.value("expression", json::object()), "at");
    ordered_json result = {
        {"resourceType", "Consent"},
        {"meta", {{"versionId", std::to_string(record.value("version", 1))}}},
        {"identifier", ordered_json::array({{{"system", own_label("consent:" + issuer)},
                                             {"value", text_of(record, "consent_id")}}})},
        {"status", status_of(consent.status, version)}};
    if (!r5) {
        result["scope"] =
            concept_of({{"system", "http://terminology.hl7.org/CodeSystem/consentscope"},
                        {"code", "patient-privacy"}});
    }
    result["category"] =
        ordered_json::array({concept_of({{"system", "http://loinc.org"}, {"code", "59284-0"}})});
    result[r5 ? "subject" : "patient"] = reference(text_of(record, "subject"));
    if (r5) {
        result["date"] = expressed.substr(0, 10);
    } else {
        result["dateTime"] = expressed;
    }
    if (ordered_json list = grantors(record); !list.empty()) {
        result[r5 ? "grantor" : "performer"] = std::move(list);
    }
    result[r5 ? "controller" : "organization"] =
        ordered_json::array({reference(text_of(record, "provider"))});
    const std::string notice = text_of(record.value("notice", json::object()), "uri");
    ordered_json permits = provision(record);
    if (r5) {
        result["policyBasis"] = {{"url", notice}};
        result["decision"] = "deny";  // But for what the provision permits.
        result["provision"] = ordered_json::array({std::move(permits)});
    } else {
        result["policy"] = ordered_json::array({{{"uri", notice}}});
        permits["type"] = "permit";
        result["provision"] = std::move(permits);
    }
    return result;
}

ordered_json fhir_bundle(std::vector<ordered_json> resources, const std::string& as_of) {
    ordered_json entries = ordered_json::array();
    for (ordered_json& one : resources) entries.push_back({{"resource", std::move(one)}});
    return {{"resourceType", "Bundle"},
            {"type", "collection"},
            {"timestamp", as_of},
            {"entry", std::move(entries)}};
}

}  // namespace consentree::client::exports
