#include "client/report/by_event_time.h"

#include "client/report/cells.h"
#include "client/report/policies.h"
#include "client/report/session.h"
#include "ledger/event_time.h"

#include <algorithm>
#include <set>

namespace consentree::client::report {

namespace {

using ledger::EventTimeVerdict;
using ledger::ProvenEntry;

std::size_t place_of(const std::vector<Column>& columns, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(columns, name, &Column::name) -
                                    columns.begin());
}

// Behind the recorded verdict, its reasons and flags.
std::size_t place_in(const std::vector<Column>& columns) {
    std::size_t place = place_of(columns, "verdict") + 1;
    while (place < columns.size() &&
           (columns[place].name == "reasons" || columns[place].name == "flags")) {
        ++place;
    }
    return place;
}

Failure undecidable(const std::string& why, const std::string& hint) {
    Failure failure;
    failure.code = "report-undecidable-here";
    failure.what = "these entries do not say what the accesses were by event time";
    failure.why = why;
    failure.hint = hint + " The recorded verdicts stand.";
    return failure;
}

class ByEventTime final : public Maker {
public:
    static constexpr std::size_t entries_max = 200'000;

    ByEventTime(const Kind& kind, Scope scope)
        : kind_(kind),
          scope_(std::move(scope)),
          place_(place_in(kind.columns)),
          verdict_at_(place_of(kind.columns, "verdict")),
          index_at_(place_of(kind.columns, "index")) {
        Scope inner = scope_;
        inner.query.verdict.clear();  // It is about the verdict by event time.
        inner.emit = [this](Row row) { tell(std::move(row)); };
        maker_ = kind.make(inner);
    }

    void take(const Seen& seen) override {
        entries_.push_back({seen.entry, seen.is_access() && is_foreign(seen.event.access())});
        if (!ledger::is_lifecycle(seen.event.kind)) return;
        signers_[seen.entry.index] = seen.signed_by;
        if (seen.event.kind != ledger::EventKind::consent_request) return;
        const ledger::LifecycleEvent& body = seen.event.lifecycle();
        if (is_about_consent() || body.record->subject == scope_.query.subject) {
            consents_.insert(consent_name(body.issuer, body.consent_id));
        }
    }
    bool is_full() const override { return entries_.size() > entries_max; }

    void finish() override {
        if (is_about_consent() && scope_.policies->may_replace()) {
            trouble_ = undecidable(
                "under its scheme a newer consent of the subject may have taken this one's place",
                "Ask about the subject: --subject.");
            return;
        }
        if (!judge()) return;
        const bool descends = kind_.order == Order::newest_first;
        for (std::size_t k = 0; k < entries_.size(); ++k) {
            pass_on(entries_[descends ? entries_.size() - 1 - k : k].entry);
        }
        maker_->finish();
    }
    std::optional<Failure> trouble() const override {
        return trouble_ ? trouble_ : maker_->trouble();
    }

private:
    struct Kept {
        ProvenEntry entry;
        bool is_foreign = false;  // An access under a consent whose request has not been seen.
    };
    // Of the questions that can be asked, the others are about a subject.
    bool is_about_consent() const {
        return !scope_.query.consent.empty() && scope_.filter.consent.empty();
    }
    // It cites a consent that is not the subject's: not all of that one's entries are here.
    bool is_foreign(const ledger::AccessEvent& access) const {
        return !access.consent_id.empty() && !is_about_consent() &&
               !consents_.contains(consent_name(access.issuer, access.consent_id));
    }

    // Accesses under somebody else's consent keep their recorded verdict.
    bool judge() {
        std::vector<ledger::TimedEntry> timed;
        const auto add = [&timed](const ProvenEntry& entry) {
            timed.push_back({entry.index, static_cast<TimeMs>(entry.head.commit_time_us / 1000),
                             entry.head.flags, entry.event});
        };
        for (Kept& kept : entries_) {
            if (kept.is_foreign) {  // Unless the request came later.
                const auto event = ledger::parse_event(kept.entry.event);
                kept.is_foreign = event && is_foreign(event->access());
            }
            if (!kept.is_foreign) add(kept.entry);
        }
        const auto rules = static_cast<std::ptrdiff_t>(timed.size());
        std::ranges::for_each(scope_.policies->entries(), add);
        std::ranges::inplace_merge(timed, timed.begin() + rules, {}, &ledger::TimedEntry::leaf);
        auto judged = ledger::judge_by_event_time(timed);
        if (judged) {
            judged_ = std::move(*judged);
            return true;
        }
        trouble_ = undecidable(judged.error().detail, "Ask about the subject: --subject.");
        return false;
    }

    // What the kind would have read by itself.
    void pass_on(const ProvenEntry& entry) {
        const auto event = ledger::parse_event(entry.event);
        const auto time = static_cast<TimeMs>(entry.head.commit_time_us / 1000);
        const bool begins = kind_.reads == Reads::window || kind_.reads == Reads::from_window;
        const bool ends = kind_.reads == Reads::window || kind_.reads == Reads::until_window;
        if (!event || (begins && scope_.from && time < *scope_.from) ||
            (ends && scope_.to && time >= *scope_.to)) {
            return;
        }
        maker_->take({entry, *event, time, {}});
    }

    const Kept* kept_at(std::uint64_t leaf) const {
        const auto index = [](const Kept& kept) { return kept.entry.index; };
        const auto found = std::ranges::lower_bound(entries_, leaf, {}, index);
        return found == entries_.end() || found->entry.index != leaf ? nullptr : &*found;
    }
    // The verdict by event time of a row's entry; nothing if it is not judged.
    std::optional<EventTimeVerdict> judged_at(std::uint64_t leaf) const {
        const Kept* kept = kept_at(leaf);
        if (kept == nullptr) return std::nullopt;
        EventTimeVerdict verdict;
        if (kept->is_foreign) {
            verdict.judgement.verdict = ledger::verdict_of(kept->entry.head.verdict);
            verdict.flags = kept->entry.head.flags;
        } else {
            const auto found = std::ranges::lower_bound(judged_, leaf, {}, &EventTimeVerdict::leaf);
            if (found == judged_.end() || found->leaf != leaf) return std::nullopt;
            verdict = *found;
        }
        if (verdict.judgement.verdict == ledger::Verdict::none) return std::nullopt;
        return verdict;
    }

    void tell(Row row) const {
        std::vector<std::string> reasons, flags;
        std::string verdict = row.cells[verdict_at_], delay, crossed, held_by, granted_by;
        bool differs = false;
        std::vector<std::uint64_t> causes;
        for (const std::uint64_t leaf : row.leaves) {
            const auto then = judged_at(leaf);
            if (!then) continue;
            const ledger::Verdict recorded = ledger::verdict_of(kept_at(leaf)->entry.head.verdict);
            const ledger::Verdict by_time = then->judgement.verdict;
            const bool is_row = number(leaf) == row.cells[index_at_];
            // Not of a session whose request is not among the rows.
            if (is_row && verdict == ledger::verdict_name(recorded)) {
                verdict = ledger::verdict_name(by_time);
            }
            differs = differs || recorded != by_time;
            if (is_row) {
                add_each_once(reasons, ledger::reason_codes(then->flags));
            } else if (const auto event = ledger::parse_event(kept_at(leaf)->entry.event)) {
                add_later_reasons(reasons, event->kind, then->flags);
            }
            add_each_once(flags, ledger::flag_names(then->flags));
            if (then->crossed && crossed.empty()) {
                delay = duration(then->delay);
                crossed = number(*then->crossed);
                held_by = signers_.at(*then->crossed);
                causes.push_back(*then->crossed);
            }
            if (then->granted_by && granted_by.empty()) {
                granted_by = number(*then->granted_by);
                causes.push_back(*then->granted_by);
            }
        }
        if (!scope_.query.verdict.empty() && scope_.query.verdict != verdict) return;
        row.cells.insert(row.cells.begin() + static_cast<std::ptrdiff_t>(place_),
                         {verdict, list(reasons), list(flags), yes_no(differs), delay, crossed,
                          held_by, granted_by});
        row.leaves.insert(row.leaves.end(), causes.begin(), causes.end());
        scope_.emit(std::move(row));
    }

    const Kind& kind_;
    Scope scope_;
    std::size_t place_, verdict_at_, index_at_;
    std::unique_ptr<Maker> maker_;
    std::deque<Kept> entries_;
    std::set<std::string> consents_;                // The subject's: all their entries are here.
    std::map<std::uint64_t, std::string> signers_;  // Of what happened to consents, by leaf.
    std::vector<EventTimeVerdict> judged_;
    std::optional<Failure> trouble_;
};

}  // namespace

std::vector<Column> with_event_time(const std::vector<Column>& columns) {
    std::vector<Column> more = columns;
    const auto place = more.begin() + static_cast<std::ptrdiff_t>(place_in(columns));
    more.insert(place, {text_column("verdict_by_event_time"), list_column("reasons_by_event_time"),
                        list_column("flags_by_event_time"), text_column("differs"),
                        text_column("delay"), text_column("crossed", false),
                        text_column("held_by", false), text_column("granted_by", false)});
    return more;
}

std::unique_ptr<Maker> make_by_event_time(const Kind& kind, const Scope& scope) {
    return std::make_unique<ByEventTime>(kind, scope);
}

}  // namespace consentree::client::report
