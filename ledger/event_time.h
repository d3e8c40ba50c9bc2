// The verdict by event time (docs/verdict.md, "By event time"): what each access of a consent would
// have been found to be, had it been recorded the moment it claims to have happened. A pure
// function of recorded entries up to some height; the verdict in an entry never changes, this one
// may when later entries come, so who shows it names the height.
#pragma once

#include "common/error.h"
#include "ledger/verdict.h"

#include <optional>

namespace consentree::ledger {

// An entry of the log, as its leaf has it.
struct TimedEntry {
    std::uint64_t leaf = 0;
    TimeMs block_time = 0;
    std::uint32_t flags = 0;
    std::string_view event;  // The JSON bytes. Outlive the call.
};

struct EventTimeVerdict {
    std::uint64_t leaf = 0;
    TimeMs time = 0;          // At which it was judged.
    Judgement judgement;      // Verdict none: its kind is not judged (docs/verdict.md).
    std::uint32_t flags = 0;  // Those of the judgement, and all others.
    // With IN_FLIGHT: the withdrawal, revocation, invalidation or suspension that the access
    // crossed, and how long that took from when it claims to have happened until it was on the
    // ledger.
    std::optional<std::uint64_t> crossed;
    TimeMs delay = 0;
    // With CONSENT_RECORDED_LATE: the authorisation that came too late.
    std::optional<std::uint64_t> granted_by;
};

// entries: in log order, each once; of every consent that is to be judged all that stand under its
// key of the index, from its first on (find them by IndexKey::consent). Others may be among them:
// all of a subject's, say. Those of governance must be, if a consent is under a scheme. One verdict
// for each access event, in the order of entries. Time and memory are linear in them but for a
// sort. Refused: an entry that no ledger would have recorded there.
Checked<std::vector<EventTimeVerdict>> judge_by_event_time(const std::vector<TimedEntry>& entries);

}  // namespace consentree::ledger
