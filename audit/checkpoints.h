// The signatures over the tree: the stored checkpoint's, and those that other validators serve.
#pragma once

#include "audit/replay.h"

namespace consentree::audit {

void check_checkpoint_rows(const Ledgers& ledgers,
                           const Replayed& replayed,
                           Findings& findings,
                           Report& report);
// Same size: the same root. Otherwise the smaller tree must be the beginning of the larger.
void compare_with_peers(const Ledgers& ledgers,
                        const Replayed& replayed,
                        const std::vector<Peer>& peers,
                        Findings& findings,
                        Report& report);

}  // namespace consentree::audit
