// The exact bytes of an object in an event that parse_event accepts: the "consent" of a
// consent.request, amend or renew, the "party" or the "agreement" of its event. Pure.
#pragma once

#include <string_view>

namespace consentree::ledger {

// Empty for other input.
std::string_view member_json(std::string_view event_json, std::string_view member);

}  // namespace consentree::ledger
