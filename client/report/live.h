// A report over what a network's nodes prove, and the check of one that was saved as JSON.
// Internal.
#pragma once

#include "client/proven.h"
#include "client/report/report.h"
#include "verifier/report.h"

namespace consentree::client::report {

// Rows go to the sink as their pages are verified. On a failure the sink has been told that they
// are void.
Outcome<Statement> make_report(const Proven& proven,
                               const Query& query,
                               const std::string& institution,
                               Sink& sink,
                               const Progress& progress);

// Whether a text is a report in the form json.
bool looks_like_report(std::string_view file);
// Offline: verifies each page, makes the report again from them, and compares. trust: the text of
// the trust file.
verifier::Report verify_report(std::string_view file, std::string_view trust);

}  // namespace consentree::client::report
