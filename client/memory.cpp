#include "client/memory.h"

#include "common/files.h"
#include "common/hash.h"
#include "common/limits.h"
#include "ledger/fork.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>

namespace consentree::client {

namespace {

// Other programs that replace the checkpoint meanwhile make this one compare again.
constexpr int attempts_max = 16;

Failure unusable(const std::filesystem::path& file, const std::string& why) {
    Failure failure;
    failure.kind = FailureKind::undecidable;
    failure.code = "checkpoint-memory-unusable";
    failure.what = "cannot use the remembered checkpoint " + file.string();
    failure.why = why;
    failure.hint =
        "Mend it; removing it forgets what was seen, and with it the protection "
        "against an older or forked ledger.";
    return failure;
}

// Held while the file is compared and replaced, by one process at a time.
class FileLock {
public:
    explicit FileLock(const std::filesystem::path& path)
        : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        if (fd_ < 0) return;
        int locked = -1;
        do {
            locked = ::flock(fd_, LOCK_EX);
        } while (locked != 0 && errno == EINTR);
        held_ = locked == 0;
    }
    ~FileLock() {
        if (fd_ >= 0) ::close(fd_);
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    explicit operator bool() const { return held_; }

private:
    int fd_;
    bool held_ = false;
};

std::string size_and_root(const ledger::Checkpoint& checkpoint) {
    return std::to_string(checkpoint.tree_size) + " entries, root " +
           to_hex(checkpoint.root.view());
}

Failure older_failure(const ledger::Checkpoint& seen, const ledger::Checkpoint& offered) {
    Failure failure;
    failure.kind = FailureKind::undecidable;
    failure.code = "checkpoint-older";
    failure.what = "the node's checkpoint is older than one seen before";
    failure.why = "it shows " + std::to_string(offered.tree_size) + " entries, and " +
                  std::to_string(seen.tree_size) + " have been seen";
    failure.hint = "Ask another node, or this one again when it has caught up.";
    return failure;
}

// No proof is no lie: a node may be behind, busy or of another version.
Failure proof_missing(const Failure& cause) {
    if (cause.kind == FailureKind::unreachable) return cause;
    Failure failure;
    failure.kind = FailureKind::undecidable;
    failure.code = "consistency-missing";
    failure.what = "the node gives no proof that its checkpoint extends the one seen before";
    failure.why = cause.why.empty() ? cause.what : cause.what + ": " + cause.why;
    failure.hint = "Ask another node, or this one again when it has caught up.";
    return failure;
}

}  // namespace

Outcome<CheckpointMemory::Seen> CheckpointMemory::remembered() {
    if (folder_.empty()) return seen_;
    const auto file = folder_ / "checkpoint";
    auto text = read_file(file, limits::note_bytes);
    if (!text && text.error() == Errc::not_found) return Seen{};
    if (!text) return unusable(file, text.error().message());
    // An empty file is a damaged one.
    if (!text->empty() && *text == seen_.note) return seen_;
    auto report = ledger::check_note(policy_, *text);
    if (report.verdict != ledger::ProofVerdict::verified) {
        return unusable(file, "the trust file does not verify it: " + report.reason.detail);
    }
    seen_ = {std::move(report.checkpoint), std::move(*text)};
    return seen_;
}

Outcome<bool> CheckpointMemory::replace(const Seen& seen, const Seen& offered) {
    if (!folder_.empty()) {
        const auto file = folder_ / "checkpoint";
        std::error_code error;
        std::filesystem::create_directories(folder_, error);
        const FileLock lock(folder_ / "lock");
        if (!lock) return unusable(file, "its folder cannot be written");
        const auto now = remembered();
        if (!now) return now.error();
        if (now->note != seen.note) return false;
        if (!replace_file(file, offered.note, 0600)) return unusable(file, "it cannot be written");
    }
    seen_ = offered;
    return true;
}

std::string CheckpointMemory::keep_evidence(const Seen& smaller,
                                            const Seen& larger,
                                            const std::vector<Hash>& proof,
                                            const std::string& name) {
    if (folder_.empty()) return {};
    const ledger::Fork fork{policy_.network.value_or(Hash{}), smaller.note, larger.note, proof};
    // One file for two checkpoints, however often and with whatever signatures they are shown.
    const Hash pair = sha256(
        as_bytes(format_checkpoint(smaller.checkpoint) + format_checkpoint(larger.checkpoint)));
    const auto file = folder_ / (name + "-" + to_hex(pair.view()).substr(0, 16) + ".json");
    if (!replace_file(file, ledger::format_fork(fork) + "\n", 0600)) return {};
    return file.string();
}

Failure CheckpointMemory::contradiction(const Seen& smaller,
                                        const Seen& larger,
                                        const std::vector<Hash>& proof) {
    const auto report = ledger::verify_fork(
        {policy_.network.value_or(Hash{}), smaller.note, larger.note, proof}, policy_);
    Failure failure;
    failure.kind = FailureKind::verification_failed;
    failure.code = "fork";
    failure.what = "verification FAILED: the ledger has been forked";
    for (const std::string& sentence : report.proven) {
        failure.why += (failure.why.empty() ? "" : " ") + sentence;
    }
    failure.evidence = keep_evidence(smaller, larger, proof, "fork");
    failure.hint = failure.evidence.empty()
                       ? "The evidence could not be kept: state_dir names no folder, or it is full."
                       : "Show the file to the other institutions: it convicts who signed both. "
                         "Check it: consentree verify " +
                             failure.evidence;
    return failure;
}

Failure CheckpointMemory::unproven(const Seen& smaller, const Seen& larger) {
    Failure failure;
    failure.kind = FailureKind::verification_failed;
    failure.code = "consistency-failed";
    failure.what =
        "verification FAILED: the node's proof that one checkpoint extends the other does not hold";
    failure.why = size_and_root(larger.checkpoint) + ", is not shown to extend " +
                  size_and_root(smaller.checkpoint);
    failure.hint =
        "Ask another node. If none can prove it, the ledger has been forked: both signed "
        "checkpoints are kept.";
    failure.evidence = keep_evidence(smaller, larger, {}, "unproven");
    return failure;
}

// Whether offered is to be remembered.
Outcome<bool> CheckpointMemory::compare(const Seen& seen,
                                        const Seen& offered,
                                        const Prove& prove,
                                        Older older) {
    const std::uint64_t had = seen.checkpoint.tree_size;
    const std::uint64_t has = offered.checkpoint.tree_size;
    const Seen& smaller = has < had ? offered : seen;
    const Seen& larger = has < had ? seen : offered;
    std::vector<Hash> proof;
    if (had != has && smaller.checkpoint.tree_size > 0) {
        auto answer = prove(smaller.checkpoint.tree_size, larger.checkpoint.tree_size);
        if (!answer && has < had && older == Older::refused) {
            return older_failure(seen.checkpoint, offered.checkpoint);
        }
        if (!answer) return proof_missing(answer.error());
        proof = std::move(*answer);
    }
    switch (ledger::relation_of(smaller.checkpoint, larger.checkpoint, proof)) {
        case ledger::Relation::extends: break;
        case ledger::Relation::contradicts: return contradiction(smaller, larger, proof);
        case ledger::Relation::unproven: return unproven(smaller, larger);
    }
    if (has < had && older == Older::refused) {
        return older_failure(seen.checkpoint, offered.checkpoint);
    }
    return has > had;
}

Outcome<Done> CheckpointMemory::observe(const ledger::Checkpoint& checkpoint,
                                        const std::string& note,
                                        const Prove& prove,
                                        Older older) {
    const std::lock_guard guard(mutex_);
    const Seen offered{checkpoint, note};
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        const auto seen = remembered();
        if (!seen) return seen.error();
        if (!seen->note.empty()) {
            if (seen->checkpoint.origin != checkpoint.origin) {
                return unusable(folder_ / "checkpoint",
                                "it is of another log, " + seen->checkpoint.origin);
            }
            const auto is_newer = compare(*seen, offered, prove, older);
            if (!is_newer) return is_newer.error();
            if (!*is_newer) return Done{};
        }
        const auto replaced = replace(*seen, offered);
        if (!replaced) return replaced.error();
        if (*replaced) return Done{};
    }
    return unusable(folder_ / "checkpoint", "other programs replace it again and again");
}

}  // namespace consentree::client
