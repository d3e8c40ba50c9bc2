// What the ledger's queries find, as the API says it: for a node, which reads its tables, and for a
// client, which reads what proven entries lead to. Pure functions, any thread.
#pragma once

#include "client/api.h"
#include "ledger/queries.h"

namespace consentree::client::api {

Consent consent_of(const ledger::ConsentView& view, Height height, bool with_record);

}  // namespace consentree::client::api
