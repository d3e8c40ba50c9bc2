#include "ledger/watch/scene.h"

#include "ledger/overlay.h"

#include <algorithm>

namespace consentree::ledger::watch {

std::optional<Cited> cited_by(const AccessEvent& access, const Reader& reader) {
    if (access.consent_id.empty()) return std::nullopt;
    const ConsentKey key = consent_key(access.issuer, access.consent_id);
    const auto state = load_consent(reader, key);
    if (!state) return std::nullopt;
    auto terms = load_terms(reader, key, state->version);
    if (!terms) return std::nullopt;
    return Cited{key, std::move(terms->record), state->status, state->status_since_ms};
}

std::uint64_t uses_in_window(const Cited& consent, TimeMs time, const Reader& reader) {
    Overlay overlay(reader);
    Overlay::Slot& slot = overlay.consent(consent.key);
    const TimeMs start = window_start(consent.record.fetch, consent.record.valid_from, time);
    // The tables may be those of a later block.
    return overlay.window_uses(slot, start).count - overlay.window_uses(slot, time + 1).count;
}

bool is_handed_over(const AccessEvent& delivery) {
    return std::any_of(delivery.status.begin(), delivery.status.end(),
                       [](const ResourceStatus& one) {
                           return one.status == "delivered" || one.status == "ready";
                       });
}

Alert alert_about(Rule rule,
                  Severity severity,
                  const EntryView& entry,
                  const AccessEvent& access,
                  const std::optional<Cited>& consent) {
    Alert alert;
    alert.rule = rule;
    alert.severity = severity;
    alert.subject = consent ? consent->record.subject : access.subject;
    if (consent) alert.provider = consent->record.provider;
    alert.actor = access.actor_org;
    alert.issuer = access.issuer;
    alert.consent_id = access.consent_id;
    alert.leaf = entry.index;
    alert.height = entry.height;
    alert.time = time_of(entry);
    alert.raised = {{entry.index, 0}, entry.height, alert.time};
    return alert;
}

std::string span_text(TimeMs span) {
    struct Unit {
        TimeMs ms;
        const char* name;
    };
    constexpr Unit units[] = {
        {86'400'000, " d"}, {3'600'000, " h"}, {60'000, " min"}, {1000, " s"}, {1, " ms"}};
    for (std::size_t k = 0; k < std::size(units); ++k) {
        if (span < units[k].ms) continue;
        std::string text = std::to_string(span / units[k].ms) + units[k].name;
        // Two units are as exact as a person wants it; seconds have no fraction.
        const TimeMs rest = k < 2 ? span % units[k].ms / units[k + 1].ms : 0;
        if (rest > 0) text += " " + std::to_string(rest) + units[k + 1].name;
        return text;
    }
    return "0 ms";
}

std::string deed_text(EventKind kind,
                      const AccessEvent& access,
                      const std::optional<Cited>& consent) {
    std::string text = access.actor_org;
    switch (kind) {
        case EventKind::access_request: text += " asked for data"; break;
        case EventKind::access_delivery:
            text =
                (consent ? consent->record.provider : "somebody") + " handed data over to " + text;
            break;
        case EventKind::access_receipt: text += " received data"; break;
        case EventKind::access_use: text += " used data"; break;
        case EventKind::access_disclosure:
            text += " passed data on to " + access.after->onward_party;
            break;
        default: text += " acted"; break;
    }
    if (!access.consent_id.empty()) {
        text += " under consent " + access.issuer + "/" + access.consent_id;
    }
    return text;
}

}  // namespace consentree::ledger::watch
