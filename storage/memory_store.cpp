#include "storage/memory_store.h"

namespace consentree::storage {
namespace {

std::size_t place(ledger::Table table) {
    return static_cast<std::size_t>(table);
}

}  // namespace

// Shares the maps; a writer copies a map that somebody else still holds before it changes it.
class MemoryStore::Snapshot : public ledger::Reader {
public:
    explicit Snapshot(Tables tables) : tables_(std::move(tables)) {}

    std::optional<Bytes> get(ledger::Table table, BytesView key) const override {
        const Rows& rows = *tables_[place(table)];
        const auto row = rows.find(to_bytes(key));
        if (row == rows.end()) return std::nullopt;
        return row->second;
    }

    void scan(ledger::Table table,
              BytesView from,
              BytesView until,
              ledger::Direction direction,
              const Visit& visit) const override {
        const Rows& rows = *tables_[place(table)];
        if (!until.empty() && !std::ranges::lexicographical_compare(from, until)) return;
        auto first = rows.lower_bound(to_bytes(from));
        auto last = until.empty() ? rows.end() : rows.lower_bound(to_bytes(until));
        if (direction == ledger::Direction::ascending) {
            while (first != last && visit(first->first, first->second)) ++first;
            return;
        }
        while (first != last) {
            --last;
            if (!visit(last->first, last->second)) return;
        }
    }

private:
    Tables tables_;
};

MemoryStore::MemoryStore() {
    for (std::size_t i = 0; i < ledger::table_count; ++i) {
        tables_.push_back(std::make_shared<Rows>());
    }
}

Result<void> MemoryStore::write(const ledger::WriteSet& writes) {
    const std::lock_guard lock(mutex_);
    return change(writes, true);
}

Result<void> MemoryStore::append(const ledger::WriteSet& writes) {
    const std::lock_guard lock(mutex_);
    return change(writes, false);
}

Result<void> MemoryStore::sync() {
    const std::lock_guard lock(mutex_);
    return change({}, true);
}

Result<void> MemoryStore::change(const ledger::WriteSet& writes, bool is_synced) {
    if (failed_) return Errc::storage_failed;
    failed_ = next_ != Outcome::success;
    if (next_ == Outcome::failed_not_applied) return Errc::storage_failed;

    const bool is_durable = is_synced && !syncs_lost_;
    if (is_durable) durable_.reset();
    if (!is_durable && !durable_) durable_ = tables_;
    for (const ledger::Write& write : writes) {
        std::shared_ptr<Rows>& rows = tables_[place(write.table)];
        if (rows.use_count() > 1) rows = std::make_shared<Rows>(*rows);
        if (write.value) {
            rows->insert_or_assign(write.key, *write.value);
        } else {
            rows->erase(write.key);
        }
    }
    if (failed_) return Errc::storage_failed;
    return {};
}

std::shared_ptr<const ledger::Reader> MemoryStore::snapshot() const {
    const std::lock_guard lock(mutex_);
    return std::make_shared<Snapshot>(tables_);
}

std::uint64_t MemoryStore::disk_bytes() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t bytes = 0;
    for (const auto& rows : tables_) {
        for (const auto& [key, value] : *rows) bytes += key.size() + value.size();
    }
    return bytes;
}

void MemoryStore::end_next_write_with(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    next_ = outcome;
}

void MemoryStore::lose_syncs(bool lost) {
    const std::lock_guard lock(mutex_);
    syncs_lost_ = lost;
}

std::unique_ptr<MemoryStore> MemoryStore::reopen() const {
    const std::lock_guard lock(mutex_);
    auto store = std::make_unique<MemoryStore>();
    store->tables_ = durable_ ? *durable_ : tables_;
    return store;
}

}  // namespace consentree::storage
