// Whom a client believes, and the newest checkpoint that it has seen: a later answer must extend
// that checkpoint, or it is refused with evidence. Safe to use from several threads and, through
// a file lock, from several processes of one user.
#pragma once

#include "client/outcome.h"
#include "common/hash.h"
#include "ledger/policy.h"

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace consentree::client {

struct TrustFile {
    std::string path;
    ledger::Policy policy;
    Hash network;
};
// A trust file that does not name its network cannot be used to talk to one.
Outcome<TrustFile> load_trust(const std::string& path);

class CheckpointMemory {
public:
    // Kept in folder/checkpoint; an empty folder keeps it in this process alone.
    explicit CheckpointMemory(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // Asks a node for the consistency proof between two tree sizes, the smaller first.
    using Prove = std::function<Outcome<std::vector<Hash>>(std::uint64_t, std::uint64_t)>;
    enum class Older { refused, accepted };

    // checkpoint has been verified against the policy and note is its text. Remembers it if it is
    // the newest. verification_failed with an evidence file if it forks from what was seen before;
    // undecidable ("checkpoint-older") if it is older and that is refused.
    Outcome<Done> observe(const ledger::Checkpoint& checkpoint,
                          const std::string& note,
                          const Prove& prove,
                          Older older);

private:
    Outcome<std::string> remembered();
    Outcome<Done> remember(const std::string& note);
    Failure fork(const std::string& why, const std::string& seen, const std::string& offered);
    Outcome<Done> compare(const ledger::Checkpoint& seen,
                          const std::string& seen_note,
                          const ledger::Checkpoint& offered,
                          const std::string& offered_note,
                          const Prove& prove,
                          Older older);

    std::filesystem::path folder_;
    std::mutex mutex_;  // One observation at a time; guards note_.
    std::string note_;  // Without a folder.
};

}  // namespace consentree::client
