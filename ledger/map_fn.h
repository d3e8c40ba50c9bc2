// MapFn: which index keys an entry stands under. Normative (docs/formats.md, "Index"): its version
// is hashed into every SEAL, so that a client knows what "all events of this key" means.
#pragma once

#include "ledger/event.h"
#include "ledger/index_record.h"

namespace consentree::ledger {

// What goes into IndexKey's id: SHA-256 of a label, or the key of a consent as it is.
Hash label_id(std::string_view label);

// SHA-256("dsl/mapfn/v1\n"): changes with the rules below.
const Hash& mapfn_hash();

// Calls visit(IndexKey, std::string_view label) for each key but the consent's, each once. consent
// is the record of the consent that the event is about or cites, or null if the ledger has none:
// its subject and provider count, never what the author of the event says of them.
template <class Visit>
void each_label(const Event& event, const ConsentRecord* consent, const Visit& visit) {
    if (consent != nullptr) {
        visit(IndexKey::subject, consent->subject);
        visit(IndexKey::provider, consent->provider);
    }
    if (is_access(event.kind)) {
        const AccessEvent& access = event.access();
        visit(IndexKey::actor, access.actor_org);
        // Somebody else than the consent's subject, or no consent at all.
        if (consent == nullptr || consent->subject != access.subject) {
            visit(IndexKey::subject, access.subject);
        }
    } else if (consent != nullptr) {
        for (auto party = consent->recipients.begin(); party != consent->recipients.end();
             ++party) {
            const bool is_first = std::find(consent->recipients.begin(), party, *party) == party;
            if (is_first) visit(IndexKey::actor, *party);
        }
    }
}

}  // namespace consentree::ledger
