#include "client/trust.h"

#include "common/files.h"
#include "ledger/merkle.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

namespace consentree::client {

namespace {

constexpr std::size_t trust_bytes = 256 * 1024;
constexpr std::size_t note_bytes = 64 * 1024;

Failure bad_trust(const std::string& path, const std::string& why) {
    Failure failure;
    failure.kind = FailureKind::undecidable;
    failure.code = "trust-file-unusable";
    failure.what = "cannot use the trust file " + path;
    failure.why = why;
    failure.hint = "Get it from somebody you trust in the network, not from a node.";
    return failure;
}

Failure no_memory(const std::filesystem::path& file, const std::string& why) {
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
        if (fd_ >= 0) ::flock(fd_, LOCK_EX);
    }
    ~FileLock() {
        if (fd_ >= 0) ::close(fd_);
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    int fd_;
};

std::string size_and_root(const ledger::Checkpoint& checkpoint) {
    return "size " + std::to_string(checkpoint.tree_size) + ", root " +
           to_hex(checkpoint.root.view());
}

}  // namespace

Outcome<TrustFile> load_trust(const std::string& path) {
    const auto text = read_file(path, trust_bytes);
    if (!text) return bad_trust(path, text.error().message());
    auto policy = ledger::parse_policy(*text);
    if (!policy) return bad_trust(path, policy.error().detail);
    if (!policy->network) return bad_trust(path, "it has no line \"# network <id>\"");
    TrustFile trust{path, *policy, *policy->network};
    return trust;
}

Outcome<std::string> CheckpointMemory::remembered() {
    if (folder_.empty()) return note_;
    const auto file = folder_ / "checkpoint";
    auto text = read_file(file, note_bytes);
    if (!text && text.error() == Errc::not_found) return std::string();
    if (!text) return no_memory(file, text.error().message());
    return *text;
}

Outcome<Done> CheckpointMemory::remember(const std::string& note) {
    if (folder_.empty()) {
        note_ = note;
        return Done{};
    }
    const auto file = folder_ / "checkpoint";
    if (!replace_file(file, note, 0600)) return no_memory(file, "it cannot be written");
    return Done{};
}

Failure CheckpointMemory::fork(const std::string& why,
                               const std::string& seen,
                               const std::string& offered) {
    Failure failure;
    failure.kind = FailureKind::verification_failed;
    failure.code = "fork";
    failure.what = "verification FAILED: the ledger shown now does not extend the one seen before";
    failure.why = why;
    failure.hint =
        "Keep the evidence file and show it to the other institutions: it holds both "
        "signed checkpoints.";
    if (folder_.empty()) return failure;
    nlohmann::ordered_json evidence;
    evidence["schema"] = "consentree/fork-evidence/1";
    evidence["why"] = why;
    evidence["seen"] = seen;
    evidence["offered"] = offered;
    const std::string text =
        evidence.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    const auto file =
        folder_ / ("fork-" + to_hex(sha256(as_bytes(text)).view()).substr(0, 16) + ".json");
    const auto written = replace_file(file, text, 0600);
    if (written) failure.evidence = file.string();
    return failure;
}

Outcome<Done> CheckpointMemory::compare(const ledger::Checkpoint& seen,
                                        const std::string& seen_note,
                                        const ledger::Checkpoint& offered,
                                        const std::string& offered_note,
                                        const Prove& prove,
                                        Older older) {
    if (seen.tree_size == offered.tree_size) {
        if (seen.root == offered.root) return Done{};
        return fork("two checkpoints of one size: " + size_and_root(seen) + ", and " +
                        size_and_root(offered),
                    seen_note, offered_note);
    }
    const bool newer = offered.tree_size > seen.tree_size;
    const auto& low = newer ? seen : offered;
    const auto& high = newer ? offered : seen;
    if (low.tree_size > 0) {
        auto proof = prove(low.tree_size, high.tree_size);
        if (!proof) return proof.error();
        if (!ledger::verify_consistency(low.tree_size, high.tree_size, low.root, high.root,
                                        *proof)) {
            return fork("no proof that " + size_and_root(high) + " extends " + size_and_root(low),
                        seen_note, offered_note);
        }
    }
    if (newer) return remember(offered_note);
    if (older == Older::accepted) return Done{};
    Failure failure;
    failure.kind = FailureKind::undecidable;
    failure.code = "checkpoint-older";
    failure.what = "the node's checkpoint is older than one seen before";
    failure.why = "it shows " + std::to_string(offered.tree_size) + " entries, and " +
                  std::to_string(seen.tree_size) + " have been seen";
    failure.hint = "Ask another node, or this one again when it has caught up.";
    return failure;
}

Outcome<Done> CheckpointMemory::observe(const ledger::Checkpoint& checkpoint,
                                        const std::string& note,
                                        const Prove& prove,
                                        Older older) {
    const std::lock_guard guard(mutex_);
    std::optional<FileLock> lock;
    if (!folder_.empty()) {
        std::error_code error;
        std::filesystem::create_directories(folder_, error);
        if (error) return no_memory(folder_, error.message());
        lock.emplace(folder_ / "lock");
    }
    auto seen_note = remembered();
    if (!seen_note) return seen_note.error();
    if (seen_note->empty()) return remember(note);
    const auto parsed = ledger::parse_note(*seen_note);
    if (!parsed) return no_memory(folder_ / "checkpoint", "it is not a signed note");
    const auto seen = ledger::parse_checkpoint(parsed->text);
    if (!seen) return no_memory(folder_ / "checkpoint", "it is not a checkpoint");
    return compare(*seen, *seen_note, checkpoint, note, prove, older);
}

}  // namespace consentree::client
