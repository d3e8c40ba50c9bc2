// The check of a report that was saved as JSON (docs/formats.md, "Report"), with no node. Internal.
#pragma once

#include "verifier/report.h"

namespace consentree::client::report {

// Whether a text is a report in the form json.
bool looks_like_report(std::string_view file);
// Verifies each page, makes the report again from them, and compares. trust: the text of the trust
// file.
verifier::Report verify_report(std::string_view file, std::string_view trust);

}  // namespace consentree::client::report
