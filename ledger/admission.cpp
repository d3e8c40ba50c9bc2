#include "ledger/admission.h"

#include "common/limits.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

Refusal refuse(std::string_view code,
               std::string detail,
               std::string_view pointer = "",
               std::string_view hint = "") {
    return {std::string(code), std::move(detail), std::string(pointer), std::string(hint)};
}

class Admission {
public:
    Admission(const AdmissionContext& context, const CheckedTransaction& transaction)
        : overlay_(context.overlay),
          genesis_(context.genesis),
          time_ms_(static_cast<TimeMs>(context.time_us / 1000)),
          height_(context.height),
          transaction_(transaction) {}

    std::optional<Refusal> run(std::uint64_t first_leaf) {
        if (auto refusal = check_author()) return refusal;
        if (auto refusal = check_times()) return refusal;
        const auto& events = transaction_.events();
        std::uint64_t leaf = first_leaf;
        for (std::size_t k = 0; k < events.size(); ++k) {
            if (is_access(events[k].event.kind)) continue;
            if (auto refusal = apply(events[k].event, leaf++)) return at(k, std::move(*refusal));
        }
        // Judged here, where all that the transaction brings is known and nothing later is.
        for (std::size_t k = 0; k < events.size(); ++k) {
            if (!is_access(events[k].event.kind)) continue;
            if (auto refusal = check_access(events[k].event)) return at(k, std::move(*refusal));
        }
        return std::nullopt;
    }

private:
    static Refusal at(std::size_t position, Refusal refusal) {
        refusal.pointer = "/events/" + std::to_string(position) + refusal.pointer;
        return refusal;
    }

    std::optional<Refusal> check_author() {
        const auto& key = overlay_.key(transaction_.header().key);
        if (!key) {
            return refuse("unknown-key", "no institution has registered this key", "/header/key",
                          "Sign with a registered key, or have this one registered.");
        }
        if ((key->roles & Role::submit) == 0) {
            return refuse("not-authorised", "this key may not submit transactions", "/header/key",
                          "Sign with a key that has the role submit.");
        }
        institution_ = key->institution;
        return std::nullopt;
    }

    std::optional<Refusal> check_times() const {
        const TimeMs valid_until = transaction_.header().valid_until;
        if (valid_until < time_ms_) {
            return refuse("expired", "the transaction's valid_until has passed",
                          "/header/valid_until", "Sign it again with a later valid_until.");
        }
        if (valid_until > time_ms_ + limits::valid_ahead_ms) {
            return refuse("valid-until-too-far", "valid_until is more than 24 hours ahead",
                          "/header/valid_until", "Sign it again with an earlier valid_until.");
        }
        const auto& events = transaction_.events();
        for (std::size_t k = 0; k < events.size(); ++k) {
            if (events[k].event.occurred_at > time_ms_ + genesis_.clock_skew_ms) {
                return at(k, refuse("future-event", "the event claims to happen in the future",
                                    "/occurred_at", "Check the clock that wrote the event."));
            }
        }
        return std::nullopt;
    }

    std::optional<Refusal> apply(const Event& event, std::uint64_t leaf) {
        const LifecycleEvent& body = event.lifecycle();
        if (event.kind == EventKind::consent_request) return request(body, leaf);
        const std::string_view prefix =
            event.kind == EventKind::consent_amend ? "/consent/consent_id" : "/consent_id";
        const ConsentKey key = consent_key(body.issuer, body.consent_id);
        if (!overlay_.consent(key).exists) {
            return refuse("consent-unknown", "the ledger has no consent of this issuer and id",
                          prefix);
        }
        Overlay::Slot& slot = overlay_.change(key);
        if (!may_submit(institution_, event.kind, slot.consent.terms->record)) {
            return refuse("not-authorised",
                          "institution " + institution_ + " may not submit this event", "",
                          "It is for the consent's issuer (suspend and revoke: its parties too).");
        }
        std::shared_ptr<const Terms> amended;
        if (body.record) amended = make_terms(*body.record, leaf);
        const std::uint32_t version_before = slot.consent.state.version;
        const ConsentStatus status_before = slot.consent.state.status;
        if (auto refusal = apply_event(slot.consent, body, event.kind, time_ms_, amended)) {
            return refusal;
        }
        if (amended) slot.new_terms.push_back(std::move(amended));
        Overlay::count_event(slot, time_ms_, Use::none);
        const bool is_in_force = slot.consent.state.status == ConsentStatus::active;
        if (is_in_force &&
            (status_before == ConsentStatus::requested || status_before == ConsentStatus::partial ||
             slot.consent.state.version != version_before)) {
            supersede(slot);
        }
        return std::nullopt;
    }

    std::optional<Refusal> request(const LifecycleEvent& body, std::uint64_t leaf) {
        const ConsentRecord& record = *body.record;
        if (record.issuer != institution_) {
            return refuse("not-authorised",
                          "institution " + institution_ + " is not the consent's issuer",
                          "/consent/issuer", "Sign with a key of the issuer.");
        }
        const ConsentKey key = consent_key(record.issuer, record.consent_id);
        if (overlay_.consent(key).exists) {
            return refuse("consent-exists", "the issuer has a consent with this id already",
                          "/consent/consent_id", "Amend it, or choose another id.");
        }
        if (record.version != 1) {
            return refuse("version-conflict", "a consent starts with version 1",
                          "/consent/version");
        }
        if (auto refusal = check_supersedes(record)) return refusal;
        Overlay::Slot& slot = overlay_.change(key);
        slot.exists = true;
        slot.consent = make_consent(make_terms(record, leaf), overlay_.take_number(), time_ms_);
        slot.new_terms.push_back(slot.consent.terms);
        Overlay::count_event(slot, time_ms_, Use::none);
        return std::nullopt;
    }

    std::optional<Refusal> check_supersedes(const ConsentRecord& record) {
        if (record.supersedes.empty()) return std::nullopt;
        const Overlay::Slot& old = overlay_.consent(record.issuer, record.supersedes);
        if (!old.exists) {
            return refuse("consent-unknown", "the ledger has no consent of this issuer and id",
                          "/consent/supersedes");
        }
        if (old.consent.terms->record.subject != record.subject) {
            return refuse("subject-mismatch", "a consent takes the place of one of its subject",
                          "/consent/supersedes");
        }
        return std::nullopt;
    }

    // A consent that names another takes its place once it is granted and valid.
    void supersede(const Overlay::Slot& slot) {
        const ConsentRecord& record = slot.consent.terms->record;
        if (record.supersedes.empty()) return;
        const ConsentKey key = consent_key(record.issuer, record.supersedes);
        if (!overlay_.consent(key).exists) return;  // Named by an amendment, and not there.
        ConsentState& old = overlay_.change(key).consent.state;
        if (old.superseded_by != 0) return;
        old.superseded_by = slot.consent.state.number;
        old.superseded_from_ms = std::max(record.valid_from, time_ms_);
    }

    std::optional<Refusal> check_access(const Event& event) {
        const AccessEvent& access = event.access();
        const bool is_request = event.kind == EventKind::access_request;
        if (is_request && access.actor_org == institution_) return std::nullopt;
        const Overlay::Slot* slot = nullptr;
        if (!access.consent_id.empty()) {
            slot = &overlay_.consent(access.issuer, access.consent_id);
        }
        if (slot != nullptr && slot->exists) {
            const ConsentRecord& record = slot->consent.terms->record;
            if (institution_ == record.provider || institution_ == record.manager) {
                return std::nullopt;
            }
        } else if (!is_request) {
            return refuse("consent-unknown", "the ledger has no consent of this issuer and id",
                          "/consent_id");
        }
        return refuse("not-authorised",
                      "institution " + institution_ + " may not submit this event", "",
                      is_request ? "It is for the accessing institution, or the consent's provider "
                                   "or manager."
                                 : "It is for the consent's provider or manager.");
    }

    std::shared_ptr<const Terms> make_terms(const ConsentRecord& record, std::uint64_t leaf) const {
        return std::make_shared<const Terms>(Terms{record, leaf, time_ms_, height_});
    }

    Overlay& overlay_;
    const Genesis& genesis_;
    TimeMs time_ms_;
    Height height_;
    const CheckedTransaction& transaction_;
    std::string institution_;
};

}  // namespace

std::optional<Refusal> admit(const AdmissionContext& context,
                             const CheckedTransaction& transaction,
                             std::uint64_t first_leaf) {
    auto refusal = Admission(context, transaction).run(first_leaf);
    if (refusal) {
        context.overlay.roll_back();
    } else {
        context.overlay.keep();
    }
    return refusal;
}

std::optional<Refusal> would_refuse(const AdmissionContext& context,
                                    const CheckedTransaction& transaction) {
    auto refusal = Admission(context, transaction).run(0);
    context.overlay.roll_back();
    return refusal;
}

}  // namespace consentree::ledger
