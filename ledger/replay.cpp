#include "ledger/replay.h"

#include "ledger/access.h"
#include "ledger/batch.h"
#include "ledger/governance.h"
#include "ledger/lifecycle.h"
#include "ledger/registry.h"

namespace consentree::ledger {
namespace {

// Bits of an entry's flags that do not come from its judgement.
constexpr std::uint32_t observed_flags =
    flag_late | flag_future | flag_in_flight | flag_claim_differs;

Judgement judgement_of(const EntryHead& head) {
    return {verdict_of(head.verdict), check_of(head.verdict), head.flags & ~observed_flags,
            head.granted_until};
}

}  // namespace

void Replay::end_block() {
    if (!overlay_) return;
    WriteSet writes;
    overlay_->collect_writes(writes);
    overlay_->keep_recent();
    overlay_.reset();
    tables_.apply(std::move(writes));
}

const Reader& Replay::tables() {
    end_block();
    return tables_;
}

// Where queries look for the text of a record.
void Replay::keep_record(const ProvenEntry& entry, EventKind kind) {
    EntryRow row;
    row.height = entry.head.height;
    row.time_us = entry.head.commit_time_us;
    row.tx_id = entry.head.tx_id;
    row.batch.seq = entry.index;
    row.items.push_back({entry.head.position, kind, 0, 0, 0, entry.head.length});
    tables_.apply({{Table::entry, entry_key(entry.index), encode(row)},
                   {Table::batch, batch_key(0, entry.index, {}), to_bytes(as_bytes(entry.event))}});
}

Checked<const ConsentRecord*> Replay::apply(const ProvenEntry& entry) {
    auto event = parse_event(entry.event);
    if (!event) return event.error();
    if (!overlay_ || entry.head.height != height_) {
        end_block();
        height_ = entry.head.height;
        overlay_ = std::make_unique<Overlay>(tables_, &recent_, &schemes_);
    }
    if (is_access(event->kind)) {
        static const Genesis no_genesis;
        const AccessContext context{no_genesis, *overlay_, entry.head.commit_time_us};
        return repeat_access(context, *event, entry.index, judgement_of(entry.head));
    }
    const ConsentRecord* const none = nullptr;
    const RecordedAt at{entry.index, static_cast<TimeMs>(entry.head.commit_time_us / 1000),
                        entry.head.height};
    if (is_policy(event->kind)) {
        auto refusal =
            repeat_policy(*overlay_, *event, at, (entry.head.flags & flag_in_force) != 0);
        if (refusal) return std::move(*refusal);
        overlay_->keep();
        return none;
    }
    if (const auto* agreement = std::get_if<AgreementEvent>(&event->body)) {
        const std::string author(
            author_of(overlay_->agreement(agreement->agreement_id), *agreement, entry.head.flags));
        auto refusal = apply_agreement({*overlay_, author, at.time, at.height, at.leaf}, *agreement,
                                       event->kind);
        if (refusal) {
            overlay_->roll_back();
            return std::move(*refusal);
        }
        overlay_->keep();
        if (agreement->terms) keep_record(entry, event->kind);
        return none;
    }
    if (!is_lifecycle(event->kind)) return none;
    const LifecycleEvent& body = event->lifecycle();
    const Overlay::Slot& slot = overlay_->consent(body.issuer, body.consent_id);
    const bool is_request = event->kind == EventKind::consent_request;
    // Another's, which an amendment says takes the place of one of this subject: it does not.
    if (!slot.exists && !is_request) return none;
    std::optional<Refusal> refusal;
    if (slot.exists && is_request) {
        refusal = Refusal{"consent-exists", "a consent is requested once", "", ""};
    } else if (is_request) {
        refusal = apply_request(*overlay_, *body.record, at);
    } else {
        refusal = apply_change(*overlay_, *event, at);
    }
    if (refusal) {
        overlay_->roll_back();
        return std::move(*refusal);
    }
    overlay_->keep();
    if (body.record) keep_record(entry, event->kind);
    return &slot.consent.terms->record;
}

}  // namespace consentree::ledger
