// Compares two ledgers row by row: what is stored, and what was computed again.
#pragma once

#include "audit/replay.h"

namespace consentree::audit {

// Every table but those of checkpoints. If the replay did not get to the end, only the rows that
// a block writes once and for all, and only those that were computed.
void compare_rows(const Ledgers& ledgers,
                  const Replayed& replayed,
                  Findings& findings,
                  Report& report,
                  const std::function<void(const Progress&)>& on_progress);

}  // namespace consentree::audit
