// Phase 2 of execution: judges access events at their place in the log and keeps count of sessions
// and uses. Private to execution and queries.
#pragma once

#include "ledger/overlay.h"
#include "ledger/verdict.h"

namespace consentree::ledger {

// A session as the overlay keeps it, and the facts about an access within it.
Bytes session_key_of(const AccessEvent& access);
// slot: the cited consent, or null if none is cited. session may be null: a session of its own.
AccessFacts gather_facts(Overlay& overlay,
                         const AccessEvent& access,
                         TimeMs time,
                         Overlay::Slot* slot,
                         const SessionState* session);

// How far an access may be from the block time: the network's, or that of the consent's scheme.
// slot: the cited consent, or null.
TimeMs clock_skew(const Genesis& genesis, Overlay& overlay, const Overlay::Slot* slot);

// Whether a rights request asks that data be left alone (GDPR 18, 21).
bool is_restricting(const AccessEvent& access);

struct AccessContext {
    const Genesis& genesis;
    Overlay& overlay;
    TimeUs time_us = 0;
    // Flags of an entry that is judged again: what lies outside its consent is as it was found.
    const std::uint32_t* found = nullptr;
};
// The facts that checks 18 and 22 are about, as an entry's flags say.
void take_found(AccessFacts& facts, std::uint32_t flags);
struct AccessOutcome {
    Judgement judgement;            // Verdict none for what is not judged.
    std::uint32_t flags = 0;        // All that go into the entry.
    Overlay::Slot* slot = nullptr;  // Of the consent, if the ledger has it.
};
// Judges the event and records its effects on session and consent, which gets leaf in its log.
AccessOutcome record_access(const AccessContext& context, const Event& event, std::uint64_t leaf);
// The same effects of an access that is recorded, whose verdict stands in its entry. The record of
// the consent that it cites, if the ledger has it.
const ConsentRecord* repeat_access(const AccessContext& context,
                                   const Event& event,
                                   std::uint64_t leaf,
                                   const Judgement& judged);

}  // namespace consentree::ledger
