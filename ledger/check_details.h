// Why an access is not permitted, check by check, with the particulars that its code leaves out:
// for people who ask first (docs/verdict.md, "Asking first"). Pure; decides nothing.
#pragma once

#include "ledger/verdict.h"

namespace consentree::ledger {

struct FailedCheck {
    Check check = Check::none;
    std::string code;    // "PURPOSE_MISMATCH", "STATE_WITHDRAWN"
    std::string detail;  // "the purpose marketing is none of the consented: research"
    std::string remedy;  // What would have to change.
};
// Of what the judgement found about these facts; in order of the checks.
std::vector<FailedCheck> failed_checks(const Judgement& judgement, const AccessFacts& facts);

}  // namespace consentree::ledger
