// What the ledger's queries find, as the API says it: for a node, which reads its tables, and for a
// client, which reads what proven entries lead to. Pure functions, any thread.
#pragma once

#include "client/api.h"
#include "ledger/queries.h"
#include "ledger/queries_registry.h"

namespace consentree::client::api {

Consent consent_of(const ledger::ConsentView& view, Height height, bool with_record);
Agreement agreement_of(const ledger::AgreementView& view, Height height);
Restriction restriction_of(const ledger::RestrictionView& view);

// schema-violation: a time is none.
Checked<ledger::CheckQuestion> check_question_of(const CheckRequest& request);
struct AsOf {
    Height height = 0;
    TimeMs time = 0;
};
CheckAnswer check_answer_of(ledger::CheckAnswer found, const AsOf& as_of);

}  // namespace consentree::client::api
