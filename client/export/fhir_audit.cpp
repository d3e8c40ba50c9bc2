#include "client/export/codes.h"
#include "client/export/fhir.h"

#include <optional>

namespace consentree::client::exports {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr const char* dicom = "http://dicom.nema.org/resources/ontology/DCM";
constexpr const char* object_role = "http://terminology.hl7.org/CodeSystem/object-role";

// What kind of event it was, and whether it went well.
struct Shape {
    const char* type;     // DICOM code.
    const char* display;  // Of it.
    const char* system;   // Of the subtype.
    const char* subtype;
    const char* action;
    bool failed;
    std::string why;  // Of a failure.
};

constexpr const char* authz = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType";
constexpr const char* restful = "http://hl7.org/fhir/restful-interaction";

std::string joined(const json& codes) {
    std::string text;
    for (const json& code : codes) {
        if (code.is_string()) text += (text.empty() ? "" : " ") + code.get<std::string>();
    }
    return text;
}

// A delivery of which nothing arrived.
bool nothing_delivered(const json& event) {
    for (const json& one : list_of(event, "status")) {
        const std::string status = text_of(one, "status");
        if (status == "ready" || status == "delivered" || status == "pending") return false;
    }
    return true;
}

std::optional<Shape> shape_of(const FoldedAccess& access) {
    const json& event = access.event;
    const std::string type = text_of(event, "type");
    // The ledger's own decision on a request.
    if (type == "access.request") {
        const bool permitted = access.verdict.starts_with("PERMIT");
        return Shape{"110113",
                     "Security Alert",
                     authz,
                     "AuthZ-Consent",
                     "E",
                     !permitted,
                     permitted ? "" : access.verdict};
    }
    if (type == "access.decision") {
        const bool denied = text_of(event, "claimed") == "deny";
        return Shape{"110113",
                     "Security Alert",
                     authz,
                     "AuthZ-Consent",
                     "E",
                     denied,
                     denied ? joined(list_of(event, "reasons")) : ""};
    }
    if (type == "access.denial") {
        return Shape{"110113",
                     "Security Alert",
                     authz,
                     "AuthZ-Consent",
                     "E",
                     true,
                     joined(list_of(event, "reasons"))};
    }
    if (type == "access.delivery") {
        const bool failed = nothing_delivered(event);
        return Shape{"110106",
                     "Export",
                     restful,
                     "read",
                     "R",
                     failed,
                     failed ? "nothing was delivered" : ""};
    }
    if (type == "access.receipt") return Shape{"110107", "Import", restful, "read", "C", false, ""};
    if (type == "access.use") return Shape{"110112", "Query", restful, "read", "R", false, ""};
    return std::nullopt;
}

ordered_json concept_of(const char* system, const std::string& code) {
    return {{"coding", ordered_json::array({{{"system", system}, {"code", code}}})}};
}

ordered_json agents(const json& event) {
    ordered_json list = ordered_json::array(
        {{{"type", concept_of("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV")},
          {"who", reference(text_of(event, "actor_org"))},
          {"requestor", text_of(event, "actor_user").empty()}}});
    if (const std::string purpose = text_of(event, "purpose"); !purpose.empty()) {
        list[0]["purposeOfUse"] =
            ordered_json::array({{{"coding", ordered_json::array({coding(purpose)})}}});
    }
    if (const std::string user = text_of(event, "actor_user"); !user.empty()) {
        list.push_back(
            {{"type",
              concept_of("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")},
             {"who", reference(user)},
             {"requestor", true}});
    }
    return list;
}

ordered_json entities(const json& event) {
    const auto role = [](const char* code, const char* display) -> ordered_json {
        return {{"system", object_role}, {"code", code}, {"display", display}};
    };
    ordered_json list = ordered_json::array(
        {{{"what", reference(text_of(event, "subject"))},
          {"type",
           {{"system", "http://terminology.hl7.org/CodeSystem/audit-entity-type"}, {"code", "1"}}},
          {"role", role("1", "Patient")}}});
    if (const std::string consent = text_of(event, "consent_id"); !consent.empty()) {
        list.push_back(
            {{"what", {{"reference", "Consent/" + consent}}},
             {"type", {{"system", "http://hl7.org/fhir/resource-types"}, {"code", "Consent"}}},
             {"role", role("4", "Domain Resource")}});
    }
    for (const json& category : list_of(event, "categories")) {
        if (!category.is_string()) continue;
        list.push_back({{"type", coding(category.get<std::string>())},
                        {"role", role("4", "Domain Resource")}});
    }
    list.push_back(
        {{"what", {{"identifier", {{"value", text_of(event, "session_id")}}}}},
         {"type",
          {{"system", "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"},
           {"code", "XrequestId"}}}});
    return list;
}

}  // namespace

ordered_json fhir_audit_event(const FoldedAccess& access) {
    const auto shape = shape_of(access);
    if (!shape) return nullptr;
    const json& event = access.event;
    ordered_json result = {
        {"resourceType", "AuditEvent"},
        {"meta",
         {{"tag", ordered_json::array({{{"system", "urn:consentree:log-index"},
                                        {"code", std::to_string(access.index)}}})}}},
        {"type", {{"system", dicom}, {"code", shape->type}, {"display", shape->display}}},
        {"subtype", ordered_json::array({{{"system", shape->system}, {"code", shape->subtype}}})},
        {"action", shape->action},
        {"recorded", text_of(event, "occurred_at")},
        {"outcome", shape->failed ? "8" : "0"}};
    if (!shape->why.empty()) result["outcomeDesc"] = shape->why;
    result["agent"] = agents(event);
    const std::string issuer = text_of(event, "issuer");
    result["source"] = {
        {"observer", reference(issuer.empty() ? text_of(event, "actor_org") : issuer)}};
    result["entity"] = entities(event);
    return result;
}

}  // namespace consentree::client::exports
