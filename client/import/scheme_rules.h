// The rules of a scheme on what a consent must be, for a mapping of its standard: written once, in
// policies/, and pinned by the mapping with their hash.
#pragma once

#include "client/import/mapping.h"
#include "client/import/refused.h"

namespace consentree::client::mapping {

// The scheme among the policies of the program, with its vocabularies; null: there is none of this
// id and hash.
std::shared_ptr<const ledger::Scheme> find_scheme(const std::string& id, const Hash& sha256);

// The rules that the first event, a consent.request, breaks; pointers are into its record. None if
// the event is none that the ledger's schema takes: that is said elsewhere.
std::vector<Refused> broken_rules(const ledger::Scheme& scheme, const std::string& event);

}  // namespace consentree::client::mapping
