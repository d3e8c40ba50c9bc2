// Applying the rules of a mapping to one document: members of the record, one after the other,
// each with its trace. Pure.
#pragma once

#include "client/import/paths.h"
#include "client/import/standardise.h"

namespace consentree::client::mapping {

// Fills result.record, trace and warnings; adds to refused why a rule could not give its member.
void apply_rules(const Inputs& inputs,
                 Paths& paths,
                 Standardised& result,
                 std::vector<Refused>& refused);

}  // namespace consentree::client::mapping
