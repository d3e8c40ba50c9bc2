// Consents and accesses as HL7 FHIR resources: Consent of R4 and R5 in the form that the mappings
// of those names can compute, AuditEvent (R4) in the patterns of IHE BALP. Pure.
#pragma once

#include "client/export/folded.h"

namespace consentree::client::exports {

enum class FhirVersion { r4, r5 };

nlohmann::ordered_json fhir_consent(const FoldedConsent& consent, FhirVersion version);
// Nothing (null) for events that are no access to somebody's data.
nlohmann::ordered_json fhir_audit_event(const FoldedAccess& access);
// A Bundle of type collection.
nlohmann::ordered_json fhir_bundle(std::vector<nlohmann::ordered_json> resources,
                                   const std::string& as_of);

}  // namespace consentree::client::exports
