#include "ledger/lifecycle.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

std::shared_ptr<const Terms> make_terms(const ConsentRecord& record,
                                        const RecordedAt& at,
                                        bool is_renewal = false) {
    return std::make_shared<const Terms>(Terms{record, at.leaf, at.time, at.height, is_renewal});
}

// A consent that names another of its subject takes its place once it is granted and valid.
void supersede(Overlay& overlay, const Overlay::Slot& slot, TimeMs time) {
    const ConsentRecord& record = slot.consent.terms->record;
    if (record.supersedes.empty()) return;
    const ConsentKey key = consent_key(record.issuer, record.supersedes);
    // An amendment may name one that is not there, or not this subject's: it takes no place.
    const Overlay::Slot& named = overlay.consent(key);
    if (!named.exists || named.consent.terms->record.subject != record.subject) return;
    ConsentState& old = overlay.change(key).consent.state;
    if (old.superseded_by != 0) return;
    old.superseded_by = slot.consent.state.number;
    old.superseded_from_ms = std::max(record.valid_from, time);
}

}  // namespace

void apply_request(Overlay& overlay, const ConsentRecord& record, const RecordedAt& at) {
    Overlay::Slot& slot = overlay.change(consent_key(record.issuer, record.consent_id));
    slot.exists = true;
    slot.consent = make_consent(make_terms(record, at), overlay.take_number(), at.time);
    slot.new_terms.push_back(slot.consent.terms);
    Overlay::count_event(slot, at.time, Use::none);
}

std::optional<Refusal> apply_change(Overlay& overlay, const Event& event, const RecordedAt& at) {
    const LifecycleEvent& body = event.lifecycle();
    Overlay::Slot& slot = overlay.change(consent_key(body.issuer, body.consent_id));
    std::shared_ptr<const Terms> amended;
    if (body.record) amended = make_terms(*body.record, at, event.kind == EventKind::consent_renew);
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
        supersede(overlay, slot, at.time);
    }
    return std::nullopt;
}

}  // namespace consentree::ledger
