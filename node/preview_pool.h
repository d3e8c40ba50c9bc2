// Previews on one snapshot, kept for the next caller. Any thread.
#pragma once

#include "ledger/preview.h"

#include <mutex>
#include <vector>

namespace consentree::node {

class PreviewPool {
public:
    // genesis outlives it.
    PreviewPool(const ledger::Genesis& genesis, std::shared_ptr<const ledger::Reader> now)
        : genesis_(genesis), now_(std::move(now)) {}

    std::optional<Refusal> preview(TimeUs time_us, const ledger::CheckedTransaction& transaction) {
        auto previewer = take();
        auto refusal = previewer->preview(time_us, transaction);
        if (previewer->consent_count() <= consents_kept) {
            const std::lock_guard lock(mutex_);
            idle_.push_back(std::move(previewer));
        }
        return refusal;
    }

private:
    // One that remembers more is let go: callers choose what it reads.
    static constexpr std::size_t consents_kept = 4096;

    std::unique_ptr<ledger::Previewer> take() {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) return std::make_unique<ledger::Previewer>(genesis_, now_);
        auto previewer = std::move(idle_.back());
        idle_.pop_back();
        return previewer;
    }

    const ledger::Genesis& genesis_;
    std::shared_ptr<const ledger::Reader> now_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<ledger::Previewer>> idle_;
};

}  // namespace consentree::node
