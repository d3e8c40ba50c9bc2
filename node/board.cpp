#include "node/board.h"

namespace consentree::node {

void Board::decided(Height height, std::vector<ledger::Execution::Done> transactions) {
    Block block{height, {}};
    block.transactions.reserve(transactions.size());
    for (const auto& done : transactions) block.transactions.push_back(done.id);
    const std::lock_guard lock(mutex_);
    decided_.push_back(std::move(block));
}

void Board::certified(Height height, Snapshot snapshot, IndexMap map, std::string note) {
    std::vector<std::function<void()>> calls;
    {
        const std::lock_guard lock(mutex_);
        if (snapshot != nullptr) {
            snapshot_.swap(snapshot);
            map_.swap(map);
            for (const auto& follower : followers_) calls.push_back(follower.second);
        }
        note_ = std::move(note);
        for (; !decided_.empty() && decided_.front().height <= height; decided_.pop_front()) {
            for (const ledger::TxId& id : decided_.front().transactions) {
                pending_.erase(id);
                const auto found = watchers_.find(id);
                if (found == watchers_.end()) continue;
                for (Watcher& watcher : found->second) {
                    tickets_.erase(watcher.ticket);
                    calls.push_back(std::move(watcher.done));
                }
                watchers_.erase(found);
            }
        }
    }
    for (auto& call : calls) call();
}

void Board::publish(NodeStatus status) {
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
}

Board::Snapshot Board::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

Board::IndexMap Board::index_map() const {
    const std::lock_guard lock(mutex_);
    return map_;
}

std::string Board::note() const {
    const std::lock_guard lock(mutex_);
    return note_;
}

NodeStatus Board::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

void Board::add_pending(const ledger::TxId& id) {
    const std::lock_guard lock(mutex_);
    pending_.insert(id);
}

void Board::drop_pending(const ledger::TxId& id) {
    const std::lock_guard lock(mutex_);
    pending_.erase(id);
}

bool Board::is_pending(const ledger::TxId& id) const {
    const std::lock_guard lock(mutex_);
    return pending_.contains(id);
}

std::uint64_t Board::watch(const ledger::TxId& id, std::function<void()> done) {
    std::uint64_t ticket = 0;
    Snapshot now;
    {
        const std::lock_guard lock(mutex_);
        ticket = next_ticket_++;
        watchers_[id].push_back({ticket, std::move(done)});
        tickets_.emplace(ticket, id);
        now = snapshot_;
    }
    // Registered first, looked up second: a decision in between is not missed.
    if (!now->get(ledger::Table::transaction, id.view())) return ticket;
    std::function<void()> call;
    {
        const std::lock_guard lock(mutex_);
        const auto found = watchers_.find(id);
        if (found == watchers_.end()) return ticket;  // It was called meanwhile.
        for (Watcher& watcher : found->second) {
            if (watcher.ticket == ticket) call = std::move(watcher.done);
        }
        std::erase_if(found->second, [&](const Watcher& w) { return w.ticket == ticket; });
        if (found->second.empty()) watchers_.erase(found);
        tickets_.erase(ticket);
    }
    if (call) call();
    return ticket;
}

std::uint64_t Board::follow(std::function<void()> advanced) {
    const std::lock_guard lock(mutex_);
    followers_.emplace(next_ticket_, std::move(advanced));
    return next_ticket_++;
}

void Board::unfollow(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    followers_.erase(ticket);
}

void Board::unwatch(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    const auto found = tickets_.find(ticket);
    if (found == tickets_.end()) return;
    const auto watchers = watchers_.find(found->second);
    if (watchers != watchers_.end()) {
        std::erase_if(watchers->second, [&](const Watcher& w) { return w.ticket == ticket; });
        if (watchers->second.empty()) watchers_.erase(watchers);
    }
    tickets_.erase(found);
}

}  // namespace consentree::node
