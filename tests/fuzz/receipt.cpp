#include "ledger/receipt.h"
#include "ledger/evidence.h"
#include "ledger/fork.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

namespace {

// Nobody is trusted, so nothing can be verified; what parses prints to what parses to the same.
template <class Report, class Parse, class Format>
void check(const Report& report, const Parse& parse, const Format& format, std::string_view text) {
    CT_ASSERT(report.verdict != ledger::ProofVerdict::verified);
    const auto parsed = parse(text);
    if (!parsed) {
        CT_ASSERT(!parsed.error().code.empty());
        return;
    }
    if constexpr (requires { parsed->version; }) {
        if (parsed->version == 1) return;  // Read, and no longer written.
    }
    const auto again = parse(format(*parsed));
    CT_ASSERT(again && *again == *parsed);
}

}  // namespace

// The files that people keep: receipts, evidence, forks.
void fuzz(BytesView input) {
    using namespace ledger;
    const std::string_view text = as_text(input);
    check(verify_receipt(text, Policy{}), parse_receipt, format_receipt, text);
    check(verify_evidence(text, Policy{}), parse_evidence, format_evidence, text);
    check(verify_fork(text, Policy{}), parse_fork, format_fork, text);
}

}  // namespace consentree
