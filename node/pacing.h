// How often a network under load makes blocks. More of them would only make each smaller, and each
// costs every node a dozen signatures and several syncs; after a pause nothing waits.
#pragma once

#include "common/types.h"

namespace consentree::node {

// From one proposal to the next. A leader that has a batch of every lane does not wait for it.
inline constexpr TimeUs block_interval_us = 10'000;
// A batch takes about this long to reach the next leader's disk: lanes seal so long before.
inline constexpr TimeUs batch_lead_us = 2'000;
// A leader waits so much longer for batches that it is checking.
inline constexpr TimeUs batch_grace_us = 5'000;
// And so much longer while it executes earlier blocks. Well below the view's timeouts.
inline constexpr TimeUs execution_grace_us = 120'000;

}  // namespace consentree::node
