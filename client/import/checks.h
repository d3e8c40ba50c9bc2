// The checks of a mapping: rules of the source standard that a document must keep, so that a
// record is never made from one that contradicts itself. Pure functions.
#pragma once

#include "client/import/mapping.h"
#include "client/import/paths.h"
#include "client/import/refused.h"

namespace consentree::client::mapping {

// Rules that are code and not data: "ob-permission-set", "rebit-data-filter".
bool is_native_check(std::string_view name);
// Nothing if the check holds or does not apply. record is the record made so far.
std::optional<Refused> run_check(const Check& check, Paths& paths, const nlohmann::json& record);

}  // namespace consentree::client::mapping
