// The C functions: a trust file, a zero byte, and a file of any kind. Nothing can be verified,
// since no signature can be guessed; whatever it is, it is answered in words and in JSON.
#include "tests/fuzz/fuzz.h"
#include "verifier/consentree_verify.h"

#include <nlohmann/json.hpp>

namespace consentree {

void fuzz(BytesView input) {
    const std::string_view all = as_text(input);
    const std::string_view trust = all.substr(0, all.find('\0'));
    const std::string_view file = all.substr(std::min(all.size(), trust.size() + 1));
    consentree_report* report =
        consentree_verify(file.data(), file.size(), trust.data(), trust.size());
    CT_ASSERT(report != nullptr);
    CT_ASSERT(consentree_report_standing(report) != CONSENTREE_VERIFIED);
    CT_ASSERT(*consentree_report_reason(report) != 0);
    CT_ASSERT(nlohmann::json::accept(consentree_report_json(report)));
    consentree_report_free(report);
}

}  // namespace consentree
