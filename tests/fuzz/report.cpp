// A trust file, a zero byte, and a report in JSON. Nothing can be verified, since no signature can
// be guessed; whatever it is, it is refused in words.
#include "client/report/check.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    const std::string_view all = as_text(input);
    const std::string_view trust = all.substr(0, all.find('\0'));
    const std::string_view file = all.substr(std::min(all.size(), trust.size() + 1));
    const auto report = client::report::verify_report(file, trust);
    CT_ASSERT(report.standing != verifier::Standing::verified);
    CT_ASSERT(!report.reason.empty());
}

}  // namespace consentree
