// Reads of what stands beside the consents: parties, data-sharing agreements, restrictions. As
// ledger/queries.h: any thread that holds a Reader, bounded time per call, nothing is changed.
#pragma once

#include "ledger/state.h"

#include <span>

namespace consentree::ledger {

// An institution of the network, or anybody whom one has registered.
struct PartyView {
    InstitutionState institution;  // Of a party that is none only the id.
    struct Key {
        PublicKey key;
        std::uint8_t roles = 0;
        Height since = 0;
    };
    std::vector<Key> keys;
    std::optional<PartyState> registered;
    std::string record_json;  // Of the newest party.register: its exact bytes.
};
struct PartyPage {
    std::vector<PartyView> items;
    bool has_more = false;
};
// In order of id, those after it.
PartyPage list_parties(const Reader& reader, std::string_view after, std::size_t limit);
std::optional<PartyView> find_party(const Reader& reader, std::string_view id);

struct AgreementView {
    std::string id;
    AgreementState state;
    std::string_view status;                   // At the asked time: agreement_statuses().
    std::string in_force_json, proposed_json;  // Their exact bytes; empty in lists.
    std::vector<std::string> accepted_by;      // Of what is proposed,
    std::vector<std::string> awaited;          // and who has yet to.
};
// proposed (nothing accepted yet), accepted (not begun), in_force, expired, ended.
std::span<const std::string_view> agreement_statuses();
std::optional<AgreementView> find_agreement(const Reader& reader, std::string_view id, TimeMs at);

// Empty fields do not filter.
struct AgreementFilter {
    std::string party, status;
    TimeMs at = 0;
};
struct AgreementPage {
    std::vector<AgreementView> items;
    std::string next;  // Pass as `after` for the next page; empty: there is no more.
};
// In order of id. A page may be short and still have a next: the rows read per call are bounded.
AgreementPage list_agreements(const Reader& reader,
                              const AgreementFilter& filter,
                              std::string_view after,
                              std::size_t limit);

// A restriction or objection that is in force.
struct RestrictionView {
    Restriction restriction;
    std::string right;  // "restrict" or "object"; empty if its entry is too far back to be sought.
    TimeMs since = 0;
    std::optional<TimeMs> due;
    std::uint64_t leaf = 0;
};
std::vector<RestrictionView> restrictions_of(const Reader& reader, std::string_view subject);

}  // namespace consentree::ledger
