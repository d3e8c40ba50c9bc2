// Store in memory, with the contract of the one on disk. For tests and simulations: it fails a
// write both ways, and reopen() forgets what was not synced.
#pragma once

#include "storage/store.h"

#include <map>
#include <mutex>

namespace consentree::storage {

class MemoryStore : public Store {
public:
    MemoryStore();
    // How the next write ends. Both failures return Errc::storage_failed, and every write after
    // one fails: a caller may not go on with the same store.
    enum class Outcome { success, failed_not_applied, failed_applied };

    Result<void> write(const ledger::WriteSet& writes) override;
    Result<void> append(const ledger::WriteSet& writes) override;
    Result<void> sync() override;
    std::shared_ptr<const ledger::Reader> snapshot() const override;
    std::uint64_t disk_bytes() const override;

    void end_next_write_with(Outcome outcome);
    // A disk that lies: writes succeed and are visible, and reopen() does not find them. The first
    // write after the lie ends makes everything durable.
    void lose_syncs(bool lost);
    // What a process finds after this one was killed.
    std::unique_ptr<MemoryStore> reopen() const;

private:
    using Rows = std::map<Bytes, Bytes>;
    using Tables = std::vector<std::shared_ptr<Rows>>;
    class Snapshot;
    Result<void> change(const ledger::WriteSet& writes, bool is_synced);

    mutable std::mutex mutex_;
    Tables tables_;
    std::optional<Tables> durable_;  // Only while it differs from tables_.
    Outcome next_ = Outcome::success;
    bool failed_ = false;
    bool syncs_lost_ = false;
};

}  // namespace consentree::storage
