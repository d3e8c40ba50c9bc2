#include "ledger/access.h"

#include "common/limits.h"
#include "ledger/governance.h"
#include "ledger/map_fn.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

// The status that the cited version has; version 0 cites whichever is in force.
ConsentStatus cited_status(const ConsentState& state, std::uint32_t version, TimeMs time) {
    const ConsentStatus status = status_in_force(state, time);
    if (version == 0 || version == state.version) return status;
    if (version < state.version) return ConsentStatus::superseded;
    return version == state.pending_version ? ConsentStatus::requested : ConsentStatus::rejected;
}

void add_session(AccessFacts& facts, const SessionState& session) {
    facts.asked = verdict_of(session.verdict);
    facts.granted_from = session.data_from;
    facts.granted_until = session.data_until;
    facts.is_overridden = facts.time < session.override_until_ms;
    if (session.delivered_ms != 0) facts.delivered = session.delivered_ms;
    facts.is_deleted = session.deleted;
}

// A restriction binds who was asked for it, on either side of the access.
bool is_restricted(Overlay& overlay, const AccessEvent& access, const ConsentRecord* consent) {
    const Restrictions* restrictions =
        overlay.find_restrictions(consent != nullptr ? consent->subject : access.subject);
    return restrictions != nullptr &&
           std::any_of(restrictions->begin(), restrictions->end(), [&](const Restriction& one) {
               return one.institution == access.actor_org ||
                      (consent != nullptr && one.institution == consent->provider);
           });
}

// What the consent cites, or the access itself, is in force and names the purpose.
bool agreement_holds(Overlay& overlay,
                     const AccessEvent& access,
                     const ConsentRecord* consent,
                     TimeMs time) {
    const auto holds = [&](const std::string& id) {
        if (id.empty()) return true;
        const AgreementState* agreement = overlay.agreement(id);
        if (agreement == nullptr || !is_in_force(*agreement, time)) return false;
        const auto& purposes = agreement->in_force.terms.purposes;
        return access.purpose.empty() ||
               std::find(purposes.begin(), purposes.end(), access.purpose) != purposes.end();
    };
    return holds(access.agreement) && (consent == nullptr || holds(consent->agreement));
}

bool is_counted(const SessionState& session) {
    return session.use != Use::none && !session.returned;
}

bool is_handed_over(const ResourceStatus& one) {
    return one.status == "delivered" || one.status == "ready";
}

class AccessRecorder {
public:
    // judged: what a recorded request was found to be; null: it is judged now.
    AccessRecorder(const AccessContext& context,
                   const Event& event,
                   std::uint64_t leaf,
                   const Judgement* judged = nullptr)
        : context_(context),
          event_(event),
          access_(event.access()),
          time_(static_cast<TimeMs>(context.time_us / 1000)),
          leaf_(leaf),
          judged_(judged) {}

    AccessOutcome run() {
        if (!access_.consent_id.empty()) {
            slot_ = &context_.overlay.consent(access_.issuer, access_.consent_id);
        }
        AccessOutcome outcome;
        Use use = Use::none;
        switch (event_.kind) {
            case EventKind::access_request: use = request(session(), outcome); break;
            case EventKind::access_delivery: deliver(session(), outcome); break;
            case EventKind::access_decision: decide(session(), outcome); break;
            case EventKind::access_denial: give_back(session()); break;
            case EventKind::access_use:
            case EventKind::access_disclosure:
                outcome.judgement = judge_use(facts_in(session()));
                break;
            case EventKind::access_deletion: forget(session()); break;
            case EventKind::access_override: override_until(session()); break;
            case EventKind::access_rights_request: restrict(); break;
            case EventKind::access_rights_result: lift(); break;
            default: break;  // Recorded, and changes nothing: docs/events.md.
        }
        outcome.flags |= outcome.judgement.flags | time_flags();
        if (slot_ != nullptr && slot_->exists) {
            Overlay::count_event(*slot_, time_, use);
            outcome.slot = slot_;
        }
        return outcome;
    }

private:
    Overlay::Session& session() {
        return context_.overlay.session(slot_ != nullptr
                                            ? session_key(slot_->key, access_.session_id)
                                            : session_key_of(access_));
    }
    AccessFacts facts_in(const Overlay::Session& session) {
        AccessFacts facts = gather_facts(context_.overlay, access_, time_, slot_, &session.value);
        if (context_.found != nullptr) take_found(facts, *context_.found);
        return facts;
    }

    std::uint32_t time_flags() const {
        std::uint32_t flags = 0;
        if (event_.occurred_at > time_) flags |= flag_future;
        const TimeMs skew = clock_skew(context_.genesis, context_.overlay, slot_);
        if (time_ - event_.occurred_at > skew) flags |= flag_late;
        // It claims a time before the end or suspension that the ledger already knew.
        if (slot_ != nullptr && slot_->exists &&
            event_.occurred_at < slot_->consent.state.status_since_ms) {
            const ConsentStatus status = slot_->consent.state.status;
            const bool has_ended =
                status == ConsentStatus::withdrawn || status == ConsentStatus::revoked ||
                status == ConsentStatus::invalidated || status == ConsentStatus::suspended;
            if (has_ended) flags |= flag_in_flight;
        }
        return flags;
    }

    Use request(Overlay::Session& session, AccessOutcome& outcome) {
        const AccessFacts facts = facts_in(session);
        outcome.judgement = judged_ != nullptr ? *judged_ : judge_request(facts);
        const Judgement& judgement = outcome.judgement;
        Use use = Use::none;
        if (judgement.verdict == Verdict::permit && !facts.is_same_session) {
            use = access_.attended ? Use::attended : Use::unattended;
        }
        // A session exists from the first request on that was not denied, or its override.
        if (judgement.verdict == Verdict::deny && !session.exists) return use;
        SessionState& state = session.value;
        if (!session.exists) state.first_ms = time_;
        session.exists = session.changed = true;
        state.request_leaf = leaf_;
        state.verdict = judgement.code();
        state.flags = judgement.flags;
        state.data_from = access_.data_from;
        state.data_until =
            is_trimmed(judgement.flags) ? judgement.granted_until : access_.data_until;
        if (use != Use::none) {
            state.use = use;
            state.counted_ms = time_;
            state.returned = state.delivered = false;
        }
        return use;
    }

    void deliver(Overlay::Session& session, AccessOutcome& outcome) {
        outcome.judgement = judge_delivery(facts_in(session));
        const auto& status = access_.status;
        if (std::any_of(status.begin(), status.end(), is_handed_over)) {
            take_again(session);
        } else if (std::none_of(status.begin(), status.end(), [](const ResourceStatus& one) {
                       return one.status == "pending";
                   })) {
            give_back(session);
        }
    }

    void decide(const Overlay::Session& session, AccessOutcome& outcome) const {
        const Verdict asked = verdict_of(session.value.verdict);
        const bool is_permitted =
            session.exists && (asked == Verdict::permit || asked == Verdict::permit_other_basis);
        if (is_permitted != access_.claimed_permit) outcome.flags |= flag_claim_differs;
    }

    // Nothing was handed over: the use of the session no longer counts.
    void give_back(Overlay::Session& session) {
        SessionState& state = session.value;
        if (!is_counted(state) || state.delivered || slot_ == nullptr || !slot_->exists) return;
        state.returned = session.changed = true;
        ConsentState& consent = slot_->consent.state;
        consent.returned += 1;
        if (state.use != Use::unattended) return;
        auto& times = consent.returned_times;
        times.insert(std::upper_bound(times.begin(), times.end(), state.counted_ms),
                     state.counted_ms);
        if (times.size() > returned_uses_max) times.erase(times.begin());
    }

    // Something was handed over: a use that was given back counts after all.
    void take_again(Overlay::Session& session) {
        SessionState& state = session.value;
        if (!session.exists) return;
        session.changed = true;
        state.delivered = true;
        state.delivered_ms = time_;
        state.deleted = false;
        if (!state.returned || slot_ == nullptr || !slot_->exists) return;
        state.returned = false;
        ConsentState& consent = slot_->consent.state;
        consent.returned -= 1;
        if (state.use != Use::unattended) return;
        auto& times = consent.returned_times;
        const auto at = std::lower_bound(times.begin(), times.end(), state.counted_ms);
        if (at != times.end() && *at == state.counted_ms) times.erase(at);
    }

    static void forget(Overlay::Session& session) {
        if (!session.exists) return;
        session.value.deleted = session.changed = true;
    }

    void override_until(Overlay::Session& session) const {
        session.exists = session.changed = true;
        session.value.override_until_ms = *access_.after->until;
    }

    // In force from the request on, until a result refuses or lifts it.
    void restrict() {
        if (!is_restricting(access_)) return;
        auto& row = context_.overlay.restrictions(access_.subject);
        if (row.value.size() >= restrictions_max) return;  // Others of this block came before it.
        const Restriction one{access_.actor_org, access_.event_id};
        if (std::find(row.value.begin(), row.value.end(), one) != row.value.end()) return;
        row.value.push_back(one);
        row.exists = row.changed = true;
    }
    void lift() {
        if (access_.after->result != "refused" && access_.after->result != "lifted") return;
        auto& row = context_.overlay.restrictions(access_.subject);
        if (std::erase(row.value, Restriction{access_.actor_org, access_.after->request}) == 0)
            return;
        row.changed = true;
        row.exists = !row.value.empty();
    }

    const AccessContext& context_;
    const Event& event_;
    const AccessEvent& access_;
    TimeMs time_;
    std::uint64_t leaf_;
    const Judgement* judged_;
    Overlay::Slot* slot_ = nullptr;
};

}  // namespace

bool is_restricting(const AccessEvent& access) {
    return access.after->right == "restrict" || access.after->right == "object";
}

TimeMs clock_skew(const Genesis& genesis, Overlay& overlay, const Overlay::Slot* slot) {
    const TimeMs network = genesis.clock_skew_ms;
    if (slot == nullptr || !slot->exists) return network;
    const std::string& id = slot->consent.terms->record.scheme;
    const auto scheme = id.empty() ? nullptr : scheme_in_force(overlay, id);
    return scheme != nullptr ? scheme->clock_skew_ms.value_or(network) : network;
}

Bytes session_key_of(const AccessEvent& access) {
    const Hash scope = access.consent_id.empty() ? label_id(access.actor_org)
                                                 : consent_key(access.issuer, access.consent_id);
    return session_key(scope, access.session_id);
}

AccessFacts gather_facts(Overlay& overlay,
                         const AccessEvent& access,
                         TimeMs time,
                         Overlay::Slot* slot,
                         const SessionState* session) {
    AccessFacts facts;
    facts.access = &access;
    facts.time = time;
    const bool is_known = slot != nullptr && slot->exists;
    const ConsentRecord* record = is_known ? &slot->consent.terms->record : nullptr;
    if (session != nullptr) add_session(facts, *session);
    facts.is_restricted = is_restricted(overlay, access, record);
    facts.agreement_holds = agreement_holds(overlay, access, record, time);
    if (!is_known) return facts;
    const ConsentState& state = slot->consent.state;
    if (access.version > state.latest_version) return facts;
    facts.consent = record;
    if (!record->scheme.empty()) {
        const Terms& terms = *slot->consent.terms;
        facts.scheme_at_grant = scheme_version(overlay, record->scheme, terms.scheme_version);
        facts.scheme_now = scheme_in_force(overlay, record->scheme);
        facts.exceeds_limits = terms.exceeds_limits;
    }
    facts.is_in_scope = is_resource_in_scope(slot->consent, access.resources);
    facts.status = cited_status(state, access.version, time);
    facts.uses = state.uses - state.returned;
    facts.is_same_session = session != nullptr && is_counted(*session) &&
                            time - session->counted_ms < limits::session_ms;
    facts.is_window_full =
        record->fetch.count != 0 &&
        overlay.is_window_full(*slot, window_start(record->fetch, record->valid_from, time),
                               record->fetch.count);
    return facts;
}

void take_found(AccessFacts& facts, std::uint32_t flags) {
    facts.is_restricted = (flags & flag_of(Check::restricted)) != 0;
    facts.agreement_holds = (flags & flag_of(Check::agreement)) == 0;
}

AccessOutcome record_access(const AccessContext& context, const Event& event, std::uint64_t leaf) {
    return AccessRecorder(context, event, leaf).run();
}

const ConsentRecord* repeat_access(const AccessContext& context,
                                   const Event& event,
                                   std::uint64_t leaf,
                                   const Judgement& judged) {
    const auto outcome = AccessRecorder(context, event, leaf, &judged).run();
    return outcome.slot != nullptr ? &outcome.slot->consent.terms->record : nullptr;
}

}  // namespace consentree::ledger
