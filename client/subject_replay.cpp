#include "client/subject_replay.h"

#include "ledger/map_fn.h"
#include "verifier/verify.h"

namespace consentree::client {

namespace {

// An entry of a subject, after what governance decided before it. That log is fetched at the first
// consent under a scheme.
Outcome<const ledger::ConsentRecord*> apply(const ledger::ProvenEntry& entry,
                                            GovernanceLog& governance,
                                            ledger::Replay& replay) {
    if (const auto refusal = governance.apply_before(entry.index, replay)) {
        return unlike_the_rules(refusal->detail);
    }
    auto record = replay.apply(entry);
    if (!record && record.error().code == "scheme-unknown" && !governance.is_loaded()) {
        if (auto failure = governance.load()) return *failure;
        return apply(entry, governance, replay);
    }
    if (!record) return unlike_the_rules(record.error().detail);
    return *record;
}

}  // namespace

Failure unlike_the_rules(const std::string& why) {
    return refused(Standing::undecidable, "the proven entries do not follow the rules: " + why,
                   "Use the version of this program that the network runs.");
}

TimeMs moment_of(const ledger::EvidenceReport& report, bool is_past) {
    const auto time = static_cast<TimeMs>(report.as_of_time_us / 1000);
    if (is_past || !report.as_of_s) return time;
    return std::max(time, static_cast<TimeMs>(*report.as_of_s) * 1000);
}

Height height_of(const ledger::EvidenceReport& report) {
    return report.as_of_height != 0 ? report.as_of_height : report.seal.height;
}

Outcome<std::shared_ptr<SubjectState>> replay_subject(const Proven& proven,
                                                      const SubjectQuestion& asked,
                                                      const Progress& progress,
                                                      const SeenEntry& seen) {
    ledger::Question question = asked.as_of;
    question.kind = ledger::IndexKey::subject;
    question.label = asked.label;
    auto subject = std::make_shared<SubjectState>();
    std::optional<GovernanceLog> governance;
    Proven::Place place;
    for (bool is_end = false; !is_end;) {
        auto part = proven.part(question, place);
        if (!part) return part.error();
        ledger::EvidenceReport& report = part->report;
        if (!governance) {
            // Later pages, and the other log, speak of the same block, whatever has been recorded
            // since.
            subject->height = height_of(report);
            subject->moment = moment_of(report, asked.is_past);
            if (!question.as_of_height && !question.as_of_time) {
                question.as_of_height = report.seal.height;
            }
            governance.emplace(proven, question);
            if (asked.wants_governance) {
                if (auto failure = governance->load()) return *failure;
                if (auto failure = governance->cannot_tell_agreements()) return *failure;
            }
        }
        for (const ledger::ProvenEntry& entry : report.entries) {
            const auto record = apply(entry, *governance, subject->replay);
            if (!record) return record.error();
            if (seen) seen(entry, record.value());
        }
        is_end = report.to_end;
        if (progress && (!is_end || place.position)) progress(part->end, part->all);
        place.position = part->end;
        if (is_end) {
            report.entries.clear();
            subject->verification = verifier::describe(report);
        } else if (NodeCalls::Clock::now() > asked.deadline) {
            return timed_out();
        }
    }
    if (const auto refusal = governance->apply_before(UINT64_MAX, subject->replay)) {
        return unlike_the_rules(refusal->detail);
    }
    return subject;
}

}  // namespace consentree::client
