// Parties and data-sharing agreements: who may record them, and when an agreement is in force
// (docs/events.md, "Parties and agreements"). Private to execution; on a refusal the overlay must
// be rolled back.
#pragma once

#include "ledger/overlay.h"

namespace consentree::ledger {

struct RegistryContext {
    Overlay& overlay;
    std::string_view institution;  // Of the author.
    TimeMs time = 0;
    Height height = 0;
    std::uint64_t leaf = 0;
};
// not-authorised: somebody else has registered the party.
std::optional<Refusal> register_party(const RegistryContext& context, const PartyEvent& event);
// agreement-unknown, agreement-state, version-conflict, not-authorised, agreement-mismatch.
std::optional<Refusal> apply_agreement(const RegistryContext& context,
                                       const AgreementEvent& event,
                                       EventKind kind);

// Whether a record may cite its agreement: in force, between its provider or issuer and every
// recipient, for these purposes and categories. agreement-unknown, agreement-mismatch.
std::optional<Refusal> check_agreement(Overlay& overlay, const ConsentRecord& record, TimeMs time);

// Who recorded an event of an agreement, as bits 8 to 14 of its entry's flags (docs/formats.md,
// "Entries"): his place among the parties of the event itself or else of what waits, followed by
// those of what is in force. agreement is as before the event, null if there was none.
std::uint32_t author_flags(const AgreementState* agreement,
                           const AgreementEvent& event,
                           std::string_view institution);
// The other way; empty if nobody has this place. Good as long as agreement and event are.
std::string_view author_of(const AgreementState* agreement,
                           const AgreementEvent& event,
                           std::uint32_t flags);

// Under whose keys an agreement's events stand: of the version that was proposed last.
const std::vector<std::string>* agreement_parties(const AgreementState& agreement);

}  // namespace consentree::ledger
