#include "client/export/codes.h"

#include <utility>

namespace consentree::client::exports {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr std::pair<std::string_view, std::string_view> vocabularies[] = {{"dpv|", "dpv:"},
                                                                          {"pd|", "pd:"}};
constexpr std::pair<std::string_view, std::string_view> systems[] = {
    {"fhir-act-reason|", "http://terminology.hl7.org/CodeSystem/v3-ActReason"},
    {"fhir-act-code|", "http://terminology.hl7.org/CodeSystem/v3-ActCode"},
    {"fhir-confidentiality|", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"},
    {"fhir-resource|", "http://hl7.org/fhir/resource-types"},
    {"loinc|", "http://loinc.org"},
    {"snomed|", "http://snomed.info/sct"},
    {"dpv|", "https://w3id.org/dpv#"},
    {"duo|", "http://purl.obolibrary.org/obo/duo.owl"},
};

}  // namespace

std::string own_label(const std::string& label) {
    return "urn:consentree:" + label;
}

std::string curie(const std::string& code) {
    for (const auto& [ours, theirs] : vocabularies) {
        if (code.starts_with(ours)) return std::string(theirs) + code.substr(ours.size());
    }
    return own_label(code);
}

ordered_json coding(const std::string& code) {
    for (const auto& [ours, system] : systems) {
        if (!code.starts_with(ours)) continue;
        return {{"system", system}, {"code", code.substr(ours.size())}};
    }
    return {{"system", "urn:consentree:code"}, {"code", code}};
}

ordered_json reference(const std::string& label) {
    return {{"identifier", {{"system", "urn:ietf:rfc:3986"}, {"value", own_label(label)}}}};
}

std::string text_of(const json& object, const char* name) {
    const auto at = object.find(name);
    return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

const json& list_of(const json& object, const char* name) {
    static const json none = json::array();
    const auto at = object.find(name);
    return at != object.end() && at->is_array() ? *at : none;
}

}  // namespace consentree::client::exports
