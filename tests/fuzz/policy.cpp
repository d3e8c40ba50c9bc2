#include "ledger/policy.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

// The input is a trust file, a zero byte, and a note to check against it.
void fuzz(BytesView input) {
    const std::string_view text = as_text(input);
    const std::size_t end = std::min(text.find('\0'), text.size());
    const auto policy = ledger::parse_policy(text.substr(0, end));
    if (!policy) {
        CT_ASSERT(policy.error().code == "trust-file-malformed");
        return;
    }
    (void)ledger::cosignatures_needed(*policy);
    const std::string_view note = end < text.size() ? text.substr(end + 1) : std::string_view();
    const auto report = ledger::check_note(*policy, note);
    if (report.verdict != ledger::ProofVerdict::verified) CT_ASSERT(!report.reason.detail.empty());
}

}  // namespace consentree
