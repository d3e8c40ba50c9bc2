// What a lifecycle event that is let in changes: the consent, and the one whose place it takes. Who
// may submit it, and what else must hold before, is admission's. Private to execution and replay.
#pragma once

#include "ledger/overlay.h"

namespace consentree::ledger {

// consent.request: a consent that is not there yet. Refusals are those of read_by_scheme; on one
// the overlay must be rolled back.
std::optional<Refusal> apply_request(Overlay& overlay,
                                     const ConsentRecord& record,
                                     const RecordedAt& at);
// Any later event, about a consent that is there. Refusals are those of apply_event too.
std::optional<Refusal> apply_change(Overlay& overlay, const Event& event, const RecordedAt& at);

}  // namespace consentree::ledger
