#include "ledger/event_time.h"

#include "ledger/access.h"
#include "ledger/governance.h"
#include "ledger/lifecycle.h"
#include "ledger/memory_tables.h"

#include <algorithm>
#include <map>
#include <set>

namespace consentree::ledger {
namespace {

// Ends or suspends a consent: an access may cross it on its way.
bool is_stopping(EventKind kind) {
    return kind == EventKind::consent_withdraw || kind == EventKind::consent_revoke ||
           kind == EventKind::consent_invalidate || kind == EventKind::consent_suspend;
}

// From when a stopping event claims to have happened until it was on the ledger.
struct Crossing {
    TimeMs claimed = 0;
    TimeMs recorded = 0;
    std::uint64_t leaf = 0;
};

// The crossings of one consent, asked in any order after the last add().
class Crossings {
public:
    // In log order, which is that of recorded.
    void add(const Crossing& one) { all_.push_back(one); }
    // From the end: of all from here on, the one that claims the earliest time.
    void finish() {
        earliest_ = all_;
        for (std::size_t k = earliest_.size(); k-- > 1;) {
            if (earliest_[k].claimed < earliest_[k - 1].claimed) earliest_[k - 1] = earliest_[k];
        }
    }
    // One whose [claimed, recorded) holds the time.
    const Crossing* at(TimeMs time) const {
        const auto open = std::upper_bound(
            all_.begin(), all_.end(), time,
            [](TimeMs value, const Crossing& one) { return value < one.recorded; });
        if (open == all_.end()) return nullptr;
        const Crossing& one = earliest_[static_cast<std::size_t>(open - all_.begin())];
        return one.claimed <= time ? &one : nullptr;
    }

private:
    std::vector<Crossing> all_, earliest_;
};

class EventTime {
public:
    explicit EventTime(const std::vector<TimedEntry>& entries) : entries_(entries) {}

    Checked<std::vector<EventTimeVerdict>> run() {
        for (std::size_t k = 0; k < entries_.size(); ++k) {
            if (auto refusal = place(k)) return std::move(*refusal);
        }
        for (auto& [key, crossings] : crossings_) crossings.finish();
        std::stable_sort(steps_.begin(), steps_.end(), [](const Step& a, const Step& b) {
            return a.time != b.time ? a.time < b.time : a.is_access < b.is_access;
        });
        for (const Step& step : steps_) {
            auto refusal = take(step);
            if (refusal) return std::move(*refusal);
        }
        if (unseen_.empty()) return std::move(verdicts_);
        return Refusal{"consent-unknown",
                       "the record of a consent that took another's place is not among the entries",
                       "", "Judge all entries of the subject."};
    }

private:
    struct Step {
        TimeMs time = 0;
        bool is_access = false;
        std::size_t entry = 0;
        std::size_t verdict = 0;  // Of an access.
    };
    // When the first request and the first delivery of a session happened, in log order.
    struct SessionTimes {
        std::optional<TimeMs> request, delivery;
    };
    // A denied request, until the next grant of its consent.
    struct Denied {
        std::size_t entry = 0;
        std::size_t verdict = 0;
    };

    // Finds the time at which an entry counts.
    std::optional<Refusal> place(std::size_t k) {
        const TimedEntry& entry = entries_[k];
        const auto event = parse_event(entry.event);
        if (!event) return event.error();
        Step step{entry.block_time, is_access(event->kind), k, verdicts_.size()};
        if (step.is_access) {
            step.time = time_of(*event, entry);
            EventTimeVerdict& verdict = verdicts_.emplace_back();
            verdict.leaf = entry.leaf;
            verdict.time = step.time;
        } else if (!is_lifecycle(event->kind) && !is_policy(event->kind)) {
            return std::nullopt;
        } else if (is_stopping(event->kind)) {
            const LifecycleEvent& body = event->lifecycle();
            crossings_[consent_key(body.issuer, body.consent_id)].add(
                {event->occurred_at, entry.block_time, entry.leaf});
        }
        steps_.push_back(step);
        return std::nullopt;
    }

    // When it claims to have happened; but nothing that lets through is back-dated, and clocks that
    // differ do not turn a session around.
    TimeMs time_of(const Event& event, const TimedEntry& entry) {
        if (event.kind == EventKind::access_override) return entry.block_time;
        TimeMs time = std::max<TimeMs>(event.occurred_at, 0);
        SessionTimes& session = sessions_[session_key_of(event.access())];
        switch (event.kind) {
            case EventKind::access_request:
                if (!session.request) session.request = time;
                break;
            case EventKind::access_delivery:
            case EventKind::access_denial:
                time = std::max(time, session.request.value_or(0));
                if (event.kind == EventKind::access_delivery && !session.delivery) {
                    session.delivery = time;
                }
                break;
            case EventKind::access_use:
            case EventKind::access_disclosure:
            case EventKind::access_deletion:
                time = std::max(time, session.delivery.value_or(0));
                break;
            default: break;
        }
        return time;
    }

    // Each event is a block of its own.
    std::optional<Refusal> take(const Step& step) {
        const auto event = parse_event(entries_[step.entry].event);
        Overlay overlay(tables_, &recent_, &schemes_);
        auto refusal =
            step.is_access ? judge(overlay, *event, step) : change(overlay, *event, step);
        if (refusal) return refusal;
        WriteSet writes;
        overlay.collect_writes(writes);
        overlay.keep_recent();
        tables_.apply(std::move(writes));
        return std::nullopt;
    }

    std::optional<Refusal> judge(Overlay& overlay, const Event& event, const Step& step) {
        const TimedEntry& entry = entries_[step.entry];
        const AccessEvent& access = event.access();
        const bool cites = !access.consent_id.empty();
        const ConsentKey key = cites ? consent_key(access.issuer, access.consent_id) : ConsentKey();
        if (in_part_.contains(key)) {
            return Refusal{"consent-unknown", "the request of the consent is not among the entries",
                           "/consent_id", "Judge all entries of the consent, from its first on."};
        }
        static const Genesis no_genesis;
        const AccessContext context{no_genesis, overlay, static_cast<TimeUs>(step.time) * 1000,
                                    &entry.flags};
        const AccessOutcome outcome = record_access(context, event, entry.leaf);
        EventTimeVerdict& verdict = verdicts_[step.verdict];
        verdict.judgement = outcome.judgement;
        verdict.flags = outcome.judgement.flags | (outcome.flags & flag_claim_differs) |
                        (entry.flags & (flag_late | flag_future));
        if (!cites || verdict.judgement.verdict == Verdict::none) return std::nullopt;
        const auto crossings = crossings_.find(key);
        if (crossings != crossings_.end()) {
            if (const Crossing* crossing = crossings->second.at(step.time)) {
                verdict.flags |= flag_in_flight;
                verdict.crossed = crossing->leaf;
                verdict.delay = crossing->recorded - crossing->claimed;
            }
        }
        if (event.kind == EventKind::access_request && verdict.judgement.verdict == Verdict::deny) {
            denied_[key].push_back({step.entry, step.verdict});
        }
        return std::nullopt;
    }

    std::optional<Refusal> change(Overlay& overlay, const Event& event, const Step& step) {
        const RecordedAt at{entries_[step.entry].leaf, step.time, 0};
        if (is_policy(event.kind)) {
            const bool is_in_force = (entries_[step.entry].flags & flag_in_force) != 0;
            return repeat_policy(overlay, event, at, is_in_force);
        }
        const LifecycleEvent& body = event.lifecycle();
        Overlay::Slot& slot = overlay.consent(body.issuer, body.consent_id);
        const ConsentState before = slot.consent.state;
        if (event.kind == EventKind::consent_request) {
            if (slot.exists)
                return Refusal{"consent-exists", "a consent is requested once", "", ""};
            if (auto refusal = apply_request(overlay, *body.record, at)) return refusal;
        } else if (const auto part = in_part_.find(slot.key);
                   !slot.exists || part != in_part_.end()) {
            change_in_part(overlay, slot, event, at);
        } else if (auto refusal = apply_change(overlay, event, at)) {
            return refusal;
        }
        overlay.keep();
        const ConsentState& now = slot.consent.state;
        const bool is_granted =
            now.status == ConsentStatus::active &&
            (before.status == ConsentStatus::requested || before.status == ConsentStatus::partial ||
             now.version != before.version);
        if (is_granted) grant(overlay, slot, at.leaf);
        return std::nullopt;
    }

    // A consent of which only the amendment is among the entries that says whose place it takes,
    // and the authorisation that puts it in force.
    void change_in_part(Overlay& overlay,
                        Overlay::Slot& slot,
                        const Event& event,
                        const RecordedAt& at) {
        in_part_.insert(slot.key);
        if (!slot.exists && event.kind == EventKind::consent_authorise) unseen_.insert(slot.key);
        if (event.lifecycle().record) {
            unseen_.erase(slot.key);
            ConsentRecord record = *event.lifecycle().record;
            record.threshold = 1;
            if (apply_request(overlay, record, at)) return overlay.roll_back();
            slot.consent.state.version = slot.consent.state.latest_version = record.version;
        } else if (slot.exists && event.kind == EventKind::consent_authorise) {
            if (apply_change(overlay, event, at)) overlay.roll_back();
        }
    }

    // The requests that came before the grant, and that it would have let in.
    void grant(Overlay& overlay, Overlay::Slot& slot, std::uint64_t leaf) {
        const auto denied = denied_.find(slot.key);
        if (denied == denied_.end()) return;
        for (const Denied& one : denied->second) {
            EventTimeVerdict& verdict = verdicts_[one.verdict];
            const auto event = parse_event(entries_[one.entry].event);
            AccessFacts facts =
                gather_facts(overlay, event->access(), verdict.time, &slot, nullptr);
            take_found(facts, entries_[one.entry].flags);
            facts.is_same_session = true;  // Uses are left aside.
            if (judge_request(facts).verdict == Verdict::deny) continue;
            verdict.flags |= flag_recorded_late;
            verdict.granted_by = leaf;
        }
        denied_.erase(denied);
    }

    const std::vector<TimedEntry>& entries_;
    std::vector<Step> steps_;
    std::vector<EventTimeVerdict> verdicts_;
    std::map<ConsentKey, Crossings> crossings_;
    std::map<ConsentKey, std::vector<Denied>> denied_;
    std::map<Bytes, SessionTimes> sessions_;
    std::set<ConsentKey> in_part_, unseen_;  // unseen_: authorised, and no record has come.
    MemoryTables tables_;
    Overlay::Consents recent_{64};
    SchemeMemory schemes_;
};

}  // namespace

Checked<std::vector<EventTimeVerdict>> judge_by_event_time(const std::vector<TimedEntry>& entries) {
    return EventTime(entries).run();
}

}  // namespace consentree::ledger
