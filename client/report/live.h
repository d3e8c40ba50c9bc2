// A report over what a network's nodes prove, and the check of one that was saved as JSON.
// Internal.
#pragma once

#include "client/proven.h"
#include "client/report/report.h"

namespace consentree::client::report {

// Rows go to the sink as their pages are verified. On a failure the sink has been told that they
// are void.
Outcome<Statement> make_report(const Proven& proven,
                               const Query& query,
                               const std::string& institution,
                               Sink& sink,
                               const Progress& progress);

}  // namespace consentree::client::report
