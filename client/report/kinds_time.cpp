// The verdict by event time beside the one that the ledger recorded (docs/verdict.md).
#include "client/report/cells.h"
#include "common/time.h"
#include "ledger/event_time.h"

#include <deque>

namespace consentree::client::report {

namespace {

// Needs every entry of the consents that are judged: kept until the end.
class EventTime final : public Maker {
public:
    static constexpr std::size_t entries_max = 200'000;

    explicit EventTime(Scope scope) : scope_(std::move(scope)) {}
    static std::vector<Column> columns() {
        return {text_column("recorded"),
                text_column("occurred"),
                text_column("type", false),
                text_column("session"),
                text_column("subject", false),
                text_column("actor"),
                text_column("issuer", false),
                text_column("consent"),
                text_column("verdict"),
                list_column("reasons", false),
                text_column("verdict_by_event_time"),
                list_column("reasons_by_event_time"),
                list_column("flags_by_event_time"),
                text_column("differs"),
                text_column("delay"),
                text_column("crossed", false),
                text_column("granted_by", false),
                text_column("event", false),
                number_column("height", false),
                number_column("index"),
                text_column("tx", false)};
    }
    void take(const Seen& seen) override { entries_.push_back(seen.entry); }
    bool is_full() const override { return entries_.size() > entries_max; }

    void finish() override {
        std::vector<ledger::TimedEntry> timed;
        for (const ledger::ProvenEntry& entry : entries_) {
            timed.push_back({entry.index, static_cast<TimeMs>(entry.head.commit_time_us / 1000),
                             entry.head.flags, entry.event});
        }
        const auto judged = ledger::judge_by_event_time(timed);
        if (!judged) {
            trouble_ = Failure();
            trouble_->code = "report-undecidable-here";
            trouble_->what = "these entries do not say what the accesses were by event time";
            trouble_->why = judged.error().detail;
            trouble_->hint =
                "Accesses under a scheme need the scheme's documents, which stand "
                "under governance and not here. Their recorded verdicts stand.";
            return;
        }
        auto verdict = judged->begin();
        for (const ledger::ProvenEntry& entry : entries_) {
            if (verdict == judged->end()) return;
            if (verdict->leaf != entry.index) continue;
            tell(entry, *verdict++);
        }
    }

    std::optional<Failure> trouble() const override { return trouble_; }

private:
    void tell(const ledger::ProvenEntry& entry, const ledger::EventTimeVerdict& then) const {
        const auto event = ledger::parse_event(entry.event);
        if (!event || then.judgement.verdict == ledger::Verdict::none) return;
        const ledger::AccessEvent& access = event->access();
        const auto time = static_cast<TimeMs>(entry.head.commit_time_us / 1000);
        const std::string recorded(ledger::verdict_name(ledger::verdict_of(entry.head.verdict)));
        const std::string by_time(ledger::verdict_name(then.judgement.verdict));
        if (!scope_.is_in_time(time) || !scope_.passes(access)) return;
        if (!scope_.query.verdict.empty() && scope_.query.verdict != by_time) return;
        const auto leaf_text = [](const std::optional<std::uint64_t>& leaf) {
            return leaf ? number(*leaf) : std::string();
        };
        Row row{{format_time(time),
                 format_time(event->occurred_at),
                 std::string(ledger::type_name(event->kind)),
                 access.session_id,
                 access.subject,
                 access.actor_org,
                 access.issuer,
                 access.consent_id,
                 recorded,
                 list(ledger::reason_codes(entry.head.flags)),
                 by_time,
                 list(ledger::reason_codes(then.flags)),
                 list(ledger::flag_names(then.flags)),
                 yes_no(recorded != by_time),
                 then.crossed ? duration(then.delay) : "",
                 leaf_text(then.crossed),
                 leaf_text(then.granted_by),
                 access.event_id,
                 number(entry.head.height),
                 number(entry.index),
                 to_hex(entry.head.tx_id.view())},
                {entry.index}};
        for (const auto& leaf : {then.crossed, then.granted_by}) {
            if (leaf) row.leaves.push_back(*leaf);
        }
        scope_.emit(std::move(row));
    }

    Scope scope_;
    std::deque<ledger::ProvenEntry> entries_;
    std::optional<Failure> trouble_;
};

std::unique_ptr<Maker> make_event_time(const Scope& scope) {
    return std::make_unique<EventTime>(scope);
}

}  // namespace

std::vector<Kind> time_kinds() {
    return {{"event-time",
             Order::oldest_first,
             Reads::everything,
             false,
             EventTime::columns(),
             make_event_time,
             {}}};
}

}  // namespace consentree::client::report
