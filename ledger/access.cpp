#include "ledger/access.h"

#include "common/limits.h"
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

bool is_counted(const SessionState& session) {
    return session.use != Use::none && !session.returned;
}

bool is_handed_over(const ResourceStatus& one) {
    return one.status == "delivered" || one.status == "ready";
}

class AccessRecorder {
public:
    AccessRecorder(const AccessContext& context, const Event& event, std::uint64_t leaf)
        : context_(context),
          event_(event),
          access_(event.access()),
          time_(static_cast<TimeMs>(context.time_us / 1000)),
          leaf_(leaf) {}

    AccessOutcome run() {
        if (!access_.consent_id.empty()) {
            slot_ = &context_.overlay.consent(access_.issuer, access_.consent_id);
        }
        Overlay::Session& session =
            context_.overlay.session(slot_ != nullptr ? session_key(slot_->key, access_.session_id)
                                                      : session_key_of(access_));
        AccessOutcome outcome;
        Use use = Use::none;
        switch (event_.kind) {
            case EventKind::access_request: use = request(session, outcome); break;
            case EventKind::access_delivery: deliver(session, outcome); break;
            case EventKind::access_decision: decide(session, outcome); break;
            default: give_back(session); break;
        }
        outcome.flags |= outcome.judgement.flags | time_flags();
        if (slot_ != nullptr && slot_->exists) {
            Overlay::count_event(*slot_, time_, use);
            outcome.slot = slot_;
        }
        return outcome;
    }

private:
    std::uint32_t time_flags() const {
        std::uint32_t flags = 0;
        if (event_.occurred_at > time_) flags |= flag_future;
        if (time_ - event_.occurred_at > context_.genesis.clock_skew_ms) flags |= flag_late;
        // It claims a time before the end or suspension that the ledger already knew.
        if (slot_ != nullptr && slot_->exists &&
            event_.occurred_at < slot_->consent.state.status_since_ms) {
            const ConsentStatus status = slot_->consent.state.status;
            const bool has_ended = status == ConsentStatus::withdrawn ||
                                   status == ConsentStatus::revoked ||
                                   status == ConsentStatus::suspended;
            if (has_ended) flags |= flag_in_flight;
        }
        return flags;
    }

    Use request(Overlay::Session& session, AccessOutcome& outcome) {
        const AccessFacts facts =
            gather_facts(context_.overlay, access_, time_, slot_, &session.state);
        outcome.judgement = judge_request(facts);
        const Judgement& judgement = outcome.judgement;
        Use use = Use::none;
        if (judgement.verdict == Verdict::permit && !facts.is_same_session) {
            use = access_.attended ? Use::attended : Use::unattended;
        }
        // A session exists from its first permitted request on.
        if (!judgement.is_permitted() && !session.exists) return use;
        SessionState& state = session.state;
        if (!session.exists) state.first_ms = time_;
        session.exists = session.changed = true;
        state.request_leaf = leaf_;
        state.verdict = judgement.code();
        state.flags = judgement.flags;
        if (use != Use::none) {
            state.use = use;
            state.counted_ms = time_;
            state.returned = state.delivered = false;
        }
        return use;
    }

    void deliver(Overlay::Session& session, AccessOutcome& outcome) {
        AccessFacts facts = gather_facts(context_.overlay, access_, time_, slot_, &session.state);
        const Verdict asked = verdict_of(session.state.verdict);
        facts.session_permitted = session.exists && asked == Verdict::permit;
        facts.session_other_basis = session.exists && asked == Verdict::permit_other_basis;
        outcome.judgement = judge_delivery(facts);
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
        const Verdict asked = verdict_of(session.state.verdict);
        const bool is_permitted =
            session.exists && (asked == Verdict::permit || asked == Verdict::permit_other_basis);
        if (is_permitted != access_.claimed_permit) outcome.flags |= flag_claim_differs;
    }

    // Nothing was handed over: the use of the session no longer counts.
    void give_back(Overlay::Session& session) {
        SessionState& state = session.state;
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
        SessionState& state = session.state;
        if (!session.exists) return;
        session.changed = session.changed || !state.delivered || state.returned;
        state.delivered = true;
        if (!state.returned || slot_ == nullptr || !slot_->exists) return;
        state.returned = false;
        ConsentState& consent = slot_->consent.state;
        consent.returned -= 1;
        if (state.use != Use::unattended) return;
        auto& times = consent.returned_times;
        const auto at = std::lower_bound(times.begin(), times.end(), state.counted_ms);
        if (at != times.end() && *at == state.counted_ms) times.erase(at);
    }

    const AccessContext& context_;
    const Event& event_;
    const AccessEvent& access_;
    TimeMs time_;
    std::uint64_t leaf_;
    Overlay::Slot* slot_ = nullptr;
};

}  // namespace

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
    if (slot == nullptr || !slot->exists) return facts;
    const ConsentState& state = slot->consent.state;
    if (access.version > state.latest_version) return facts;
    const ConsentRecord& record = slot->consent.terms->record;
    facts.consent = &record;
    facts.status = cited_status(state, access.version, time);
    facts.uses = state.uses - state.returned;
    facts.is_same_session = session != nullptr && is_counted(*session) &&
                            time - session->counted_ms < limits::session_ms;
    // Counting a window may read older rows: only where fewer uses in all do not settle it.
    facts.window_uses = state.rate_uses - state.returned_times.size();
    if (record.fetch.count != 0 && facts.window_uses >= record.fetch.count) {
        facts.window_uses =
            overlay.window_uses(*slot, window_start(record.fetch, record.valid_from, time));
    }
    return facts;
}

AccessOutcome record_access(const AccessContext& context, const Event& event, std::uint64_t leaf) {
    return AccessRecorder(context, event, leaf).run();
}

}  // namespace consentree::ledger
