#include "client/governance_log.h"

#include "ledger/map_fn.h"

namespace consentree::client {

GovernanceLog::GovernanceLog(const Proven& proven, const ledger::Question& as_of)
    : proven_(proven) {
    question_.kind = ledger::IndexKey::governance;
    question_.label = ledger::governance_label;
    question_.as_of_height = as_of.as_of_height;
    question_.as_of_time = as_of.as_of_time;
}

std::optional<Failure> GovernanceLog::load() {
    Proven::Place place;
    for (bool is_end = false; !is_end;) {
        auto part = proven_.part(question_, place);
        if (!part) return part.error();
        is_end = part->report.to_end;
        place.position = part->end;
        for (ledger::ProvenEntry& entry : part->report.entries) {
            const auto kind = static_cast<ledger::EventKind>(entry.head.kind);
            if (kind != ledger::EventKind::party_register) entries_.push_back(std::move(entry));
        }
        part->report.entries.clear();
        if (!question_.as_of_height && !question_.as_of_time) {
            question_.as_of_height = part->report.seal.height;
        }
        report_ = std::move(part->report);
    }
    is_loaded_ = true;
    return std::nullopt;
}

std::optional<Failure> GovernanceLog::cannot_tell_agreements() const {
    if (ledger::mapfn_version(report_.seal.mapfn) >= 3) return std::nullopt;
    return refused(Standing::undecidable, "its index does not list agreements yet",
                   "Ask one node: its word is not proven.");
}

std::optional<Refusal> GovernanceLog::apply_before(std::uint64_t leaf, ledger::Replay& replay) {
    for (; next_ < entries_.size() && entries_[next_].index < leaf; ++next_) {
        const auto applied = replay.apply(entries_[next_]);
        if (!applied) return applied.error();
    }
    return std::nullopt;
}

}  // namespace consentree::client
