// The newest checkpoint that a client has seen of a network: every later one must be consistent
// with it, or it is refused, and a fork leaves evidence. Safe to use from several threads and,
// through a file lock, from several processes of one user.
#pragma once

#include "client/outcome.h"
#include "ledger/policy.h"

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace consentree::client {

class CheckpointMemory {
public:
    // Kept in folder/checkpoint; an empty folder keeps it in this process alone. What the file
    // holds is believed only if it is verified by the policy, as what a node sends.
    CheckpointMemory(std::filesystem::path folder, ledger::Policy policy)
        : folder_(std::move(folder)), policy_(std::move(policy)) {}

    // Asks a node for the consistency proof between two tree sizes, the smaller first.
    using Prove = std::function<Outcome<std::vector<Hash>>(std::uint64_t, std::uint64_t)>;
    enum class Older { refused, accepted };

    // checkpoint has been verified against the policy and note is its text. Remembers it if it is
    // the newest. verification_failed: "fork" if it contradicts what was seen, with the evidence in
    // a file; "consistency-failed" if the node's proof does not hold, with both notes in a file.
    // undecidable: "checkpoint-older" if it is older and that is refused; "consistency-missing" if
    // the node gives no proof; "checkpoint-memory-unusable" if what was seen cannot be read or
    // trusted.
    Outcome<Done> observe(const ledger::Checkpoint& checkpoint,
                          const std::string& note,
                          const Prove& prove,
                          Older older);

private:
    struct Seen {
        ledger::Checkpoint checkpoint;
        std::string note;  // Empty: nothing was seen yet.
    };
    Outcome<Seen> remembered();
    // Whether offered is to be remembered. Asks a node, so no file lock is held.
    Outcome<bool> compare(const Seen& seen, const Seen& offered, const Prove& prove, Older older);
    // false: it is no longer seen that is remembered.
    Outcome<bool> replace(const Seen& seen, const Seen& offered);
    Failure contradiction(const Seen& smaller, const Seen& larger, const std::vector<Hash>& proof);
    Failure unproven(const Seen& smaller, const Seen& larger);
    // The path of the file, or nothing if there is none.
    std::string keep_evidence(const Seen& smaller,
                              const Seen& larger,
                              const std::vector<Hash>& proof,
                              const std::string& name);

    std::filesystem::path folder_;
    ledger::Policy policy_;
    std::mutex mutex_;  // One observation at a time; guards seen_.
    Seen seen_;         // The newest that this process has verified.
};

}  // namespace consentree::client
