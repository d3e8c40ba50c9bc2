#include "ledger/admission.h"

#include "common/limits.h"
#include "ledger/access.h"
#include "ledger/execute.h"
#include "ledger/governance.h"
#include "ledger/lifecycle.h"
#include "ledger/mapping_pin.h"
#include "ledger/registry.h"

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
        flags_.resize(events.size());
        std::uint64_t leaf = first_leaf;
        for (std::size_t k = 0; k < events.size(); ++k) {
            if (is_access(events[k].event.kind)) continue;
            if (auto refusal = apply(events[k], leaf++, flags_[k])) {
                return at(k, std::move(*refusal));
            }
        }
        // Judged here, where all that the transaction brings is known and nothing later is.
        for (std::size_t k = 0; k < events.size(); ++k) {
            if (!is_access(events[k].event.kind)) continue;
            if (auto refusal = check_access(events[k].event)) return at(k, std::move(*refusal));
        }
        return std::nullopt;
    }

    std::vector<std::uint32_t> take_flags() { return std::move(flags_); }

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
        const auto& events = transaction_.events();
        for (std::size_t k = 0; k < events.size(); ++k) {
            const bool is_governance = is_policy(events[k].event.kind);
            if ((key->roles & (is_governance ? Role::admin : Role::submit)) != 0) continue;
            const std::string role = is_governance ? "admin" : "submit";
            return refuse("not-authorised",
                          "this key has not the role " + role + ", which " +
                              std::string(type_name(events[k].event.kind)) + " needs",
                          "/header/key", "Sign with a key that has the role " + role + ".");
        }
        institution_ = key->institution;
        is_authority_ = (key->roles & Role::authority) != 0;
        return std::nullopt;
    }

    // Of an access the skew of its consent's scheme, as the ledger knows it before the transaction.
    TimeMs skew_of(const Event& event) {
        const bool cites = is_access(event.kind) && !event.access().consent_id.empty();
        const Overlay::Slot* const slot =
            cites ? &overlay_.consent(event.access().issuer, event.access().consent_id) : nullptr;
        return clock_skew(genesis_, overlay_, slot);
    }

    std::optional<Refusal> check_times() {
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
            const TimeMs ahead = events[k].event.occurred_at - time_ms_;
            if (ahead > 0 && ahead > skew_of(events[k].event)) {
                return at(k, refuse("future-event", "the event claims to happen in the future",
                                    "/occurred_at", "Check the clock that wrote the event."));
            }
        }
        return std::nullopt;
    }

    std::optional<Refusal> apply(const CheckedEvent& part,
                                 std::uint64_t leaf,
                                 std::uint32_t& flags) {
        const Event& event = part.event;
        const RegistryContext registry{overlay_, institution_, time_ms_, height_, leaf};
        if (const auto* party = std::get_if<PartyEvent>(&event.body)) {
            return register_party(registry, *party);
        }
        if (const auto* agreement = std::get_if<AgreementEvent>(&event.body)) {
            flags =
                author_flags(overlay_.agreement(agreement->agreement_id), *agreement, institution_);
            return apply_agreement(registry, *agreement, event.kind);
        }
        if (const auto* policy = std::get_if<PolicyEvent>(&event.body)) {
            const GovernanceContext governance{
                genesis_, overlay_, institution_, {leaf, time_ms_, height_}};
            auto refusal = event.kind == EventKind::policy_propose
                               ? propose_policy(governance, *policy)
                               : approve_policy(governance, *policy);
            if (!refusal && came_into_force(overlay_, *policy, leaf)) flags = flag_in_force;
            return refusal;
        }
        if (brings_record(event.kind)) {
            const BytesView bytes = transaction_.encoded().subspan(part.offset, part.length);
            if (auto refusal = check_mapping(overlay_, as_text(bytes))) return refusal;
        }
        return change_consent(event, leaf);
    }

    std::optional<Refusal> change_consent(const Event& event, std::uint64_t leaf) {
        const LifecycleEvent& body = event.lifecycle();
        if (event.kind == EventKind::consent_request) return request(body, leaf);
        const std::string_view prefix = body.record ? "/consent/consent_id" : "/consent_id";
        const ConsentKey key = consent_key(body.issuer, body.consent_id);
        if (!overlay_.consent(key).exists) {
            return refuse("consent-unknown", "the ledger has no consent of this issuer and id",
                          prefix);
        }
        const ConsentRecord& record = overlay_.consent(key).consent.terms->record;
        if (!may_submit(institution_, is_authority_, event.kind, record)) {
            return refuse("not-authorised",
                          "institution " + institution_ + " may not submit this event", "",
                          "It is for the consent's issuer (suspend and revoke: its parties and "
                          "authorities too; invalidate: authorities).");
        }
        if (body.record) {
            if (auto refusal = check_agreement(overlay_, *body.record, time_ms_)) return refusal;
        }
        return apply_change(overlay_, event, {leaf, time_ms_, height_});
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
        if (auto refusal = check_agreement(overlay_, record, time_ms_)) return refusal;
        return apply_request(overlay_, record, {leaf, time_ms_, height_});
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

    // Who may record an access event: docs/events.md, "Access".
    std::optional<Refusal> check_access(const Event& event) {
        const AccessEvent& access = event.access();
        if (event.kind == EventKind::access_correction) return check_correction(access);
        const Submitters who = submitters_of(event.kind);
        if (who.actor && access.actor_org == institution_) return check_limits(event);
        if (who.authority && is_authority_) return check_limits(event);
        const ConsentRecord* record = nullptr;
        if (!access.consent_id.empty()) {
            const Overlay::Slot& slot = overlay_.consent(access.issuer, access.consent_id);
            if (slot.exists) record = &slot.consent.terms->record;
        }
        if (record == nullptr && !who.actor) {
            return refuse("consent-unknown", "the ledger has no consent of this issuer and id",
                          "/consent_id");
        }
        const bool is_holder = record != nullptr && (institution_ == record->provider ||
                                                     institution_ == record->manager);
        if (who.holder && is_holder) return std::nullopt;
        return refuse("not-authorised",
                      "institution " + institution_ + " may not submit this event", "",
                      std::string(who.hint));
    }

    struct Submitters {
        bool actor = false;      // actor_org.
        bool holder = false;     // The consent's provider or manager.
        bool authority = false;  // A key with the role authority.
        std::string_view hint;
    };
    static Submitters submitters_of(EventKind kind) {
        switch (kind) {
            case EventKind::access_request:
                return {true, true, false,
                        "It is for the accessing institution, or the consent's provider or "
                        "manager."};
            case EventKind::access_decision:
            case EventKind::access_delivery:
            case EventKind::access_denial:
            case EventKind::access_override:
                return {false, true, false, "It is for the consent's provider or manager."};
            case EventKind::access_erasure_request:
            case EventKind::access_rights_request:
                return {true, false, true,
                        "It is for the institution that it names as actor_org, or an authority."};
            default:
                return {true, false, false,
                        "It is for the institution that it names as actor_org."};
        }
    }

    // What is kept for a subject is bounded.
    std::optional<Refusal> check_limits(const Event& event) {
        const AccessEvent& access = event.access();
        if (event.kind != EventKind::access_rights_request || !is_restricting(access)) {
            return std::nullopt;
        }
        if (overlay_.restrictions(access.subject).value.size() < restrictions_max) {
            return std::nullopt;
        }
        return refuse("limit-reached",
                      "the subject has " + std::to_string(restrictions_max) +
                          " restrictions and objections in force",
                      "/subject", "Record the results of those that are settled first.");
    }

    // A correction is for who wrote what it corrects.
    std::optional<Refusal> check_correction(const AccessEvent& access) {
        const auto id = fixed_from_hex<TxId>(access.after->target_tx);
        const auto row = overlay_.before().get(Table::transaction, id->view());
        const auto outcome = row ? decode_tx_outcome(*row) : Errc::not_found;
        if (!outcome || outcome->status != TxStatus::committed ||
            access.after->target_position >= outcome->leaves.size()) {
            return refuse("target-unknown", "the ledger has no such event", "/target_tx",
                          "Name a committed transaction, and the event's position in it.");
        }
        if (outcome->author == institution_) return std::nullopt;
        return refuse("not-authorised", "another institution wrote the event", "/target_tx",
                      "A correction is for the institution that wrote the event.");
    }

    Overlay& overlay_;
    const Genesis& genesis_;
    TimeMs time_ms_;
    Height height_;
    const CheckedTransaction& transaction_;
    std::string institution_;
    bool is_authority_ = false;
    std::vector<std::uint32_t> flags_;
};

}  // namespace

Checked<std::vector<std::uint32_t>> admit(const AdmissionContext& context,
                                          const CheckedTransaction& transaction,
                                          std::uint64_t first_leaf) {
    Admission admission(context, transaction);
    if (auto refusal = admission.run(first_leaf)) {
        context.overlay.roll_back();
        return std::move(*refusal);
    }
    context.overlay.keep();
    return admission.take_flags();
}

std::optional<Refusal> would_refuse(const AdmissionContext& context,
                                    const CheckedTransaction& transaction) {
    auto refusal = Admission(context, transaction).run(0);
    context.overlay.roll_back();
    return refusal;
}

}  // namespace consentree::ledger
