// MapFn: which index keys an entry stands under. Normative (docs/formats.md, "Index"): its version
// is hashed into every SEAL, so that a client knows what "all events of this key" means.
#pragma once

#include "ledger/event.h"
#include "ledger/index_record.h"

#include <algorithm>

namespace consentree::ledger {

// What goes into IndexKey's id: SHA-256 of a label, or the key of a consent as it is.
Hash label_id(std::string_view label);

// SHA-256("dsl/mapfn/v3\n"): changes with the rules below.
const Hash& mapfn_hash();
// 3 for these rules, 1 and 2 for those before, which they contain; 0: unknown.
unsigned mapfn_version(const Hash& mapfn);

// What the ledger says about the things that an event is about or cites; null: it has none.
struct EventContext {
    const ConsentRecord* consent = nullptr;
    std::vector<const ConsentRecord*> superseded;  // Whose place the consent takes, or would take.
    const std::vector<std::string>* agreement_parties = nullptr;
};

// The label of IndexKey::governance.
inline constexpr std::string_view governance_label = "governance";

// Calls visit(IndexKey, std::string_view label) for each key but the consents', each once. Of a
// consent its record's subject and provider count, never what the author of the event says of them.
template <class Visit>
void each_access_label(const AccessEvent& access, const EventContext& context, const Visit& visit) {
    const ConsentRecord* consent = context.consent;
    if (consent != nullptr) {
        visit(IndexKey::subject, consent->subject);
        visit(IndexKey::provider, consent->provider);
    }
    visit(IndexKey::actor, access.actor_org);
    // Somebody else than the consent's subject, or no consent at all.
    const bool is_other = consent == nullptr || consent->subject != access.subject;
    if (is_other && !access.subject.empty()) visit(IndexKey::subject, access.subject);
}

template <class Visit>
void each_label(const Event& event, const EventContext& context, const Visit& visit) {
    if (is_access(event.kind)) return each_access_label(event.access(), context, visit);
    std::vector<std::pair<IndexKey, std::string_view>> seen;
    const auto once = [&](IndexKey kind, std::string_view label) {
        const std::pair key(kind, label);
        if (std::find(seen.begin(), seen.end(), key) != seen.end()) return;
        seen.push_back(key);
        visit(kind, label);
    };
    const auto visit_parties = [&once](const ConsentRecord& consent) {
        once(IndexKey::subject, consent.subject);
        once(IndexKey::provider, consent.provider);
        once(IndexKey::actor, consent.issuer);
        for (const std::string& party : consent.recipients) once(IndexKey::actor, party);
    };
    if (context.consent != nullptr) visit_parties(*context.consent);
    for (const ConsentRecord* consent : context.superseded) visit_parties(*consent);
    if (context.agreement_parties != nullptr) {
        for (const std::string& party : *context.agreement_parties) once(IndexKey::actor, party);
        once(IndexKey::governance, governance_label);
    }
    if (is_policy(event.kind)) once(IndexKey::governance, governance_label);
    if (const auto* party = std::get_if<PartyEvent>(&event.body)) {
        once(IndexKey::actor, party->party_id);
        once(IndexKey::governance, governance_label);
    }
}

}  // namespace consentree::ledger
