#include "node/api_service.h"

#include "common/assert.h"
#include "ledger/checkpoint.h"
#include "node/threads.h"

namespace consentree::node {

Wakeup::Wakeup(std::shared_ptr<asio::io_context> context)
    : context_(std::move(context)), timer_(*context_) {}

void Wakeup::notify() {
    asio::post(*context_, [self = shared_from_this()] {
        self->notified_ = true;
        self->timer_.cancel();
    });
}

Awaitable<void> Wakeup::wait_until(std::chrono::steady_clock::time_point until) {
    const auto self = shared_from_this();
    if (!notified_) {
        timer_.expires_at(until);
        co_await timer_.async_wait(use_result);
    }
    notified_ = false;
}

ApiService::ApiService(Facade& node, Metrics& counters, const Settings& settings)
    : facade(node),
      metrics(counters),
      context(std::make_shared<asio::io_context>(1)),
      work(settings.threads),
      heartbeat(settings.heartbeat),
      feed(*this, settings.watch, settings.streams) {
    name_threads(work, settings.threads, "api work", 5);  // Votes and peers come first.
}

ApiViewPtr ApiService::view() {
    auto reader = facade.snapshot();
    auto fresh = std::make_shared<ApiView>();
    // Snapshot and note are two calls: take both again if a block came in between.
    for (int attempt = 0; attempt < 16; ++attempt) {
        fresh->note = facade.checkpoint();
        fresh->reader = facade.snapshot();
        if (fresh->reader == reader) break;
        reader = fresh->reader;
    }
    {
        // An idle network signs the note of the same snapshot again and again.
        const std::lock_guard lock(mutex_);
        const bool is_same_block = view_ != nullptr && view_->reader == fresh->reader;
        if (is_same_block && view_->note == fresh->note) return view_;
        if (is_same_block) fresh->previews = view_->previews;
    }
    if (fresh->previews == nullptr) {
        fresh->previews = std::make_shared<PreviewPool>(facade.genesis(), fresh->reader);
    }
    if (const auto tip = ledger::load_tip(*fresh->reader)) fresh->tip = *tip;
    if (const auto note = ledger::parse_note(fresh->note)) {
        if (const auto checkpoint = ledger::parse_checkpoint(note->text)) {
            fresh->note_size = checkpoint->tree_size;
        }
    }
    const std::lock_guard lock(mutex_);
    if (view_ == nullptr || view_->tip.height <= fresh->tip.height) view_ = fresh;
    return fresh;
}

std::shared_ptr<Wakeup> ApiService::make_wakeup() {
    for (auto at = wakeups_.begin(); at != wakeups_.end();) {
        at = at->expired() ? wakeups_.erase(at) : std::next(at);
    }
    auto wakeup = std::make_shared<Wakeup>(context);
    wakeups_.insert(wakeup);
    return wakeup;
}

void ApiService::end_waits() {
    stopping_ = true;
    feed.stop();
    for (const auto& waiting : wakeups_) {
        if (const auto wakeup = waiting.lock()) wakeup->notify();
    }
}

}  // namespace consentree::node
