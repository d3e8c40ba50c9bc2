// The only code that can sign a vote. A small pre-allocated file of its own, written with
// fdatasync: RocksDB cannot tell that a synced tail of its log was lost (docs/consensus.md,
// "Vote guard"). Votes are bytes here: (kind, view, block) and the preimage to sign.
#pragma once

#include "common/error.h"
#include "common/keys.h"
#include "common/types.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace consentree::storage {

struct GuardedVote {
    std::uint8_t kind = 0;  // 1 notarize, 2 nullify, 3 finalize (consensus::VoteKind).
    View view = 0;
    Hash block;
    bool operator==(const GuardedVote&) const = default;
};
struct SignedVote {
    GuardedVote vote;
    Signature signature;
    bool operator==(const SignedVote&) const = default;
};

// Used by one thread at a time.
class VoteGuard {
public:
    enum class Condition {
        sound,  // May vote.
        // The others refuse every vote until rejoin(), also after a restart.
        fresh,     // Just created, for a ledger that is empty: of a new network, or a lost disk.
        amnesiac,  // Missing beside a ledger that is not empty, damaged, copied from elsewhere, or
                   // behind its ledger.
    };
    // ledger_height and ledger_view: of the store's tip; a guard behind its ledger is amnesiac.
    // Errc::conflict if another process holds the file.
    static Checked<std::unique_ptr<VoteGuard>> open(const std::filesystem::path& file,
                                                    const Hash& network,
                                                    SecretKey vote_key,
                                                    Height ledger_height,
                                                    View ledger_view);
    virtual ~VoteGuard() = default;

    virtual Condition condition() const = 0;
    virtual const std::string& reason() const = 0;  // One sentence; empty if sound.
    virtual View floor() const = 0;
    virtual std::vector<SignedVote> votes() const = 0;  // Above the floor, oldest first.

    struct Request {
        GuardedVote vote;
        Bytes preimage;
    };
    struct Answer {
        std::optional<Signature> signature;  // Nothing: refused.
        std::string reason;                  // Of the refusal.
    };
    // One write and one fdatasync for all of them. Per view: one notarize block, one finalize
    // block, never nullify and finalize both, nothing at or below the floor. An identical repeat
    // gets the stored signature. An error ends the process: nothing of it may be sent.
    // If more votes are open than the file holds (guard_votes_max), the oldest views are given up:
    // the floor rises above them.
    virtual Result<std::vector<Answer>> sign(const std::vector<Request>& requests) = 0;
    // Forgets votes at and below floor, which never decreases, in the next durable write. Call it
    // after each commit, with the view of a block that the store holds durably: it keeps the file
    // small, and marks how far the ledger is. The mark is written at once when it would get old;
    // an error of that shows at the next sign().
    virtual void raise_floor(View floor) = 0;
    // Makes it sound: voting resumes above floor (docs/consensus.md, "Rejoin").
    virtual Result<void> rejoin(View floor) = 0;
};

}  // namespace consentree::storage
