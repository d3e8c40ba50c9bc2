// A data folder as a validator leaves it: blocks with certificates, batches of signed transactions,
// everything that execution makes of them, a cosigned checkpoint, a journal and a vote guard.
#pragma once

#include "audit/audit.h"
#include "common/keys.h"
#include "consensus/messages.h"
#include "ledger/execute.h"
#include "storage/store.h"

namespace consentree::audit::test {

// Gone at the end.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

class DataFolder {
public:
    DataFolder();
    // A copy of the data, to be damaged.
    std::filesystem::path copy_to(const TemporaryFolder& folder) const;
    Request request_for(const std::filesystem::path& data) const;
    Height height() const { return height_; }
    // A note over that tree, cosigned by a quorum.
    std::string note(std::uint64_t tree_size, const Hash& root) const;
    const ledger::Tip& tip() const { return tip_; }

private:
    std::string institution_of(std::size_t lane) const;
    ledger::BatchPtr batch(std::size_t lane, std::vector<std::vector<std::string>> transactions);
    void commit(std::vector<ledger::BatchPtr> batches);
    void write(const ledger::WriteSet& writes);
    void reopen();
    void make_guard();

    TemporaryFolder folder_;
    std::filesystem::path data_;
    ledger::Genesis genesis_;
    consensus::ValidatorSet set_;
    std::vector<ValidatorKeys> validators_;
    std::vector<SecretKey> partners_;
    std::vector<ledger::LaneCursor> lanes_;
    std::unique_ptr<storage::Store> store_;
    ledger::PatriciaTree map_;
    ledger::Tip tip_;
    Height height_ = 0;
    std::uint64_t nonce_ = 0;
};

}  // namespace consentree::audit::test
