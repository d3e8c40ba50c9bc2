// How labels and codes of the ledger are written in other standards, the inverse of what the
// mappings of the same names read. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace consentree::client::exports {

// A label of the ledger as a URN that imports take as it is: "urn:consentree:sub:8f2c".
std::string own_label(const std::string& label);
// "dpv|Marketing" as "dpv:Marketing"; what belongs to no vocabulary of the profile as a URN.
std::string curie(const std::string& code);
// "fhir-act-reason|TREAT" as {system, code}.
nlohmann::ordered_json coding(const std::string& code);
// A FHIR Reference that names something by its label.
nlohmann::ordered_json reference(const std::string& label);
// A member that is a string, or "".
std::string text_of(const nlohmann::json& object, const char* name);
// An array member, or an empty array.
const nlohmann::json& list_of(const nlohmann::json& object, const char* name);

}  // namespace consentree::client::exports
