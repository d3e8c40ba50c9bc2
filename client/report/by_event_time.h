// Rows with the verdicts by event time beside the recorded ones (docs/verdict.md). Such a verdict
// needs every entry of a consent: all of the key are kept, and judged once the last has come.
// Internal.
#pragma once

#include "client/report/kind.h"

namespace consentree::client::report {

// Of a report's columns those that it has then: more after the recorded verdict's.
std::vector<Column> with_event_time(const std::vector<Column>& columns);
// Makes the rows of a kind, one thread. Takes all entries of a subject or consent, oldest first,
// whatever the kind reads.
std::unique_ptr<Maker> make_by_event_time(const Kind& kind, const Scope& scope);

}  // namespace consentree::client::report
