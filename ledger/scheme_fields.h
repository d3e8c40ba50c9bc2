// What the documents of policies have in common as JSON: bounds and member types. Private to
// scheme*.cpp and vocabulary.cpp.
#pragma once

#include "ledger/event_fields.h"

namespace consentree::ledger {

// A document stands in one event, under its member "policy". Beyond: refused.
inline constexpr std::size_t policy_document_bytes = 16'000;
inline constexpr Json::Limits scheme_json_limits{policy_document_bytes, limits::event_depth - 1};
static_assert(policy_document_bytes + 256 < limits::event_bytes);

}  // namespace consentree::ledger
