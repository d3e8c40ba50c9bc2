// The one way to durable state. Owned by the node; any thread. What several threads write at once
// becomes visible in some order, and one sync may serve them all.
#pragma once

#include "common/error.h"
#include "ledger/tables.h"

#include <filesystem>
#include <memory>

namespace consentree::storage {

class Store {
public:
    virtual ~Store() = default;
    // All rows or none, durable (synced) when it returns without error. After an error it is
    // unknown whether the rows are there: the process must stop, and finds out at its next start.
    virtual Result<void> write(const ledger::WriteSet& writes) = 0;
    // As write(), but not durable before the next write() or sync() that begins later ends.
    virtual Result<void> append(const ledger::WriteSet& writes) = 0;
    // Makes what was appended durable; costs nothing if all of it is.
    virtual Result<void> sync() = 0;
    // What the last finished write left. Holds resources until it goes; keep it short-lived.
    virtual std::shared_ptr<const ledger::Reader> snapshot() const = 0;
    // Approximate bytes on disk, for metrics.
    virtual std::uint64_t disk_bytes() const = 0;
};

// Locks the folder: a second process gets Errc::conflict. The settings are reliability rules,
// not taste; see rocks_store.cpp.
Checked<std::unique_ptr<Store>> open_rocks_store(const std::filesystem::path& folder);

}  // namespace consentree::storage
