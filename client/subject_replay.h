// The state that the whole log of one subject leads to, proven complete, with what governance
// decided meanwhile. What a node says of a state is not even looked at. Internal to the client
// library.
#pragma once

#include "client/governance_log.h"

#include <memory>

namespace consentree::client {

struct SubjectState {
    ledger::Replay replay;
    Height height = 0;  // Of the block that it speaks of,
    TimeMs moment = 0;  // and when states are told: then, or when the log was cosigned.
    Verification verification;
};

struct SubjectQuestion {
    std::string label;
    ledger::Question as_of;         // as_of only: both logs speak of that moment.
    bool is_past = false;           // An earlier moment is asked about, not the newest.
    bool wants_governance = false;  // Also if no consent of the subject needs it.
    NodeCalls::Clock::time_point deadline;
};

// Each entry with the record of the consent that it is about or cites, as it is in force then.
using SeenEntry = std::function<void(const ledger::ProvenEntry&, const ledger::ConsentRecord*)>;

Outcome<std::shared_ptr<SubjectState>> replay_subject(const Proven& proven,
                                                      const SubjectQuestion& asked,
                                                      const Progress& progress,
                                                      const SeenEntry& seen = {});

// When the states that an answer leads to are told.
TimeMs moment_of(const ledger::EvidenceReport& report, bool is_past);
Height height_of(const ledger::EvidenceReport& report);
Failure unlike_the_rules(const std::string& why);

}  // namespace consentree::client
