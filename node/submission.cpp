#include "node/submission.h"

#include "common/codec.h"
#include "common/limits.h"
#include "common/time.h"
#include "ledger/queries.h"
#include "node/clock.h"
#include "node/log.h"

namespace consentree::node {

namespace {

// Only the header's blob: enough to recognise a transaction before its signature is checked.
std::optional<ledger::TxId> peek_id(BytesView encoded) {
    Reader reader(encoded);
    const BytesView header = reader.blob(limits::header_bytes);
    if (reader.failed()) return std::nullopt;
    return ledger::transaction_id(as_text(header));
}

}  // namespace

void Submission::refuse(const Refusal& refusal) {
    open = false;
    checked.reset();
    answer.status = api::TxState::refused;
    answer.code = refusal.code;
    answer.detail = refusal.detail;
    answer.pointer = refusal.pointer;
    hint = refusal.hint;
}

void read_decision(const ledger::Genesis& genesis,
                   const ApiView& view,
                   bool with_receipt,
                   Submission& submission) {
    const auto outcome = ledger::get_outcome(*view.reader, submission.id);
    if (!outcome) return;
    submission.open = false;
    api::TransactionAnswer& answer = submission.answer;
    answer.height = outcome->height;
    answer.time = format_time(static_cast<TimeMs>(outcome->time_us / 1000));
    if (outcome->status == ledger::TxStatus::rejected) {
        answer.status = api::TxState::rejected;
        answer.code = outcome->code;
        answer.detail = outcome->detail;
        answer.pointer = outcome->pointer;
        return;
    }
    answer.status = api::TxState::committed;
    answer.leaves = outcome->leaves;
    if (!with_receipt) return;
    auto receipt = make_receipt(genesis, view, *outcome, ReceiptRange{});
    if (receipt) {
        answer.receipt = std::move(*receipt);
    } else {
        // The answer stands without it, and /receipt says why there is none.
        log::warn("no receipt for a committed transaction", {{"reason", receipt.error().detail}});
    }
}

Submission admit(ApiService& service,
                 const ApiView& view,
                 const std::shared_ptr<const Bytes>& storage,
                 BytesView encoded) {
    Submission submission;
    const ledger::Genesis& genesis = service.facade.genesis();
    if (const auto id = peek_id(encoded)) {
        submission.id = *id;
        submission.has_id = true;
        submission.answer.tx_id = to_hex(id->view());
        const bool is_pending = service.facade.is_pending(*id);
        read_decision(genesis, view, false, submission);
        const bool is_decided = submission.answer.status != api::TxState::pending;
        if (is_decided || is_pending) {
            submission.answer.replayed = true;
            submission.open = !is_decided;
            return submission;
        }
    }
    if (service.facade.is_full()) {  // Before anything is spent on it: it will come again.
        submission.refuse(lane_full());
        return submission;
    }
    auto checked = ledger::check_transaction(storage, encoded, genesis.network);
    if (!checked) {
        submission.refuse(checked.error());
        return submission;
    }
    const TimeUs now = std::max(view.tip.time_us, wall_us());
    if (const auto refusal = view.previews->preview(now, *checked)) {
        submission.refuse(*refusal);
        return submission;
    }
    submission.checked = std::move(*checked);
    return submission;
}

Submission admit_json(ApiService& service, const ApiView& view, std::string_view body) {
    Submission submission;
    auto request = api::parse_transaction_request(body);
    if (!request) {
        submission.refuse(request.error());
        return submission;
    }
    ledger::Transaction transaction;
    transaction.header = std::move(request->payload);
    transaction.signature = *Signature::from(as_bytes(request->signature));
    transaction.events = std::move(request->events);
    const auto storage = std::make_shared<const Bytes>(ledger::encode(transaction));
    submission = admit(service, view, storage, *storage);
    if (submission.checked && !request->keyid.empty() &&
        request->keyid != fingerprint(submission.checked->header().key)) {
        submission.refuse(Refusal{"schema-violation",
                                  "keyid is not the fingerprint of the header's key",
                                  "/signatures/0/keyid", ""});
    }
    return submission;
}

Tally::Tally(std::size_t slots, std::shared_ptr<Wakeup> wakeup)
    : slots_(slots), left_(slots), wakeup_(std::move(wakeup)) {}

void Tally::finish(std::size_t slot, std::optional<Refusal> refusal) {
    slots_[slot].refusal = std::move(refusal);
    slots_[slot].is_finished.store(true, std::memory_order_release);
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) wakeup_->notify();
}

bool Tally::is_finished(std::size_t slot) const {
    return slots_[slot].is_finished.load(std::memory_order_acquire);
}

Awaitable<void> Tally::wait(const ApiService& service,
                            std::chrono::steady_clock::time_point until) {
    while (!is_complete() && !service.is_stopping() && std::chrono::steady_clock::now() < until) {
        co_await wakeup_->wait_until(until);
    }
}

}  // namespace consentree::node
