#include "ledger/lifecycle.h"

#include "ledger/governance.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

// With the terms as the record's scheme reads them.
Checked<std::shared_ptr<const Terms>> make_terms(Overlay& overlay,
                                                 const ConsentRecord& record,
                                                 const RecordedAt& at,
                                                 bool is_renewal = false) {
    Terms terms{record, at.leaf, at.time, at.height, is_renewal};
    if (auto refusal = read_by_scheme(overlay, terms)) return std::move(*refusal);
    return std::make_shared<const Terms>(std::move(terms));
}

// False: that one keeps its place, if it has one.
bool take_place(Overlay& overlay, const ConsentKey& older, const Overlay::Slot& slot, TimeMs time) {
    const ConsentRecord& record = slot.consent.terms->record;
    // An amendment may name one that is not there, or not this subject's: it takes no place.
    const Overlay::Slot& named = overlay.consent(older);
    if (!named.exists || named.consent.terms->record.subject != record.subject) return false;
    ConsentState& old = overlay.change(older).consent.state;
    if (old.superseded_by != 0) return false;
    old.superseded_by = slot.consent.state.number;
    old.superseded_from_ms = std::max(record.valid_from, time);
    return true;
}

// A consent that names another of its subject takes its place once it is granted and valid; where
// its scheme allows one recurring consent, so does it take that of the older one.
void supersede(Overlay& overlay, Overlay::Slot& slot, const RecordedAt& at) {
    const Terms& terms = *slot.consent.terms;
    for (const ConsentKey& older : replace_recurring(overlay, slot.key, terms)) {
        if (take_place(overlay, older, slot, at.time)) slot.replaced.emplace_back(at.leaf, older);
    }
    if (terms.record.supersedes.empty()) return;
    take_place(overlay, consent_key(terms.record.issuer, terms.record.supersedes), slot, at.time);
}

}  // namespace

std::optional<Refusal> apply_request(Overlay& overlay,
                                     const ConsentRecord& record,
                                     const RecordedAt& at) {
    auto terms = make_terms(overlay, record, at);
    if (!terms) return terms.error();
    Overlay::Slot& slot = overlay.change(consent_key(record.issuer, record.consent_id));
    slot.exists = true;
    slot.consent = make_consent(std::move(*terms), overlay.take_number(), at.time);
    slot.new_terms.push_back(slot.consent.terms);
    Overlay::count_event(slot, at.time, Use::none);
    return std::nullopt;
}

std::optional<Refusal> apply_change(Overlay& overlay, const Event& event, const RecordedAt& at) {
    const LifecycleEvent& body = event.lifecycle();
    Overlay::Slot& slot = overlay.change(consent_key(body.issuer, body.consent_id));
    std::shared_ptr<const Terms> amended;
    if (body.record) {
        auto terms = make_terms(overlay, *body.record, at, event.kind == EventKind::consent_renew);
        if (!terms) return terms.error();
        amended = std::move(*terms);
    }
    const std::uint32_t version_before = slot.consent.state.version;
    const ConsentStatus status_before = slot.consent.state.status;
    if (auto refusal = apply_event(slot.consent, body, event.kind, at.time, amended)) {
        return refusal;
    }
    if (amended) slot.new_terms.push_back(std::move(amended));
    Overlay::count_event(slot, at.time, Use::none);
    const bool is_in_force = slot.consent.state.status == ConsentStatus::active;
    const bool was_open =
        status_before == ConsentStatus::requested || status_before == ConsentStatus::partial;
    if (is_in_force && (was_open || slot.consent.state.version != version_before)) {
        supersede(overlay, slot, at);
    }
    return std::nullopt;
}

}  // namespace consentree::ledger
