// The vote guard's file, looked at without using it: nothing is locked, written or signed.
#pragma once

#include "common/keys.h"
#include "common/types.h"
#include "storage/rocks_files.h"

namespace consentree::storage {

struct GuardReport {
    std::uint64_t bytes = 0;
    std::vector<FileFault> faults;
    std::vector<std::string> not_covered;
    std::uint64_t signatures = 0;  // Of votes, checked.
};
// What signed the votes: the preimage that the vote key signs.
using VotePreimage = std::function<Bytes(std::uint8_t kind, View view, const Hash& block)>;

// Without the vote key only what the slots say of each other is checked. ledger_view: of the block
// that the ledger ends with.
GuardReport check_vote_guard(const std::filesystem::path& file,
                             const Hash& network,
                             const SecretKey* vote_key,
                             View ledger_view,
                             const VotePreimage& preimage);

}  // namespace consentree::storage
