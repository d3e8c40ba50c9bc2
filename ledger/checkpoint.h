// Checkpoints of the log (c2sp.org/tlog-checkpoint) and the validators' timestamped cosignatures
// over them (c2sp.org/tlog-cosignature, type 0x04).
#pragma once

#include "ledger/note.h"

namespace consentree::ledger {

struct Checkpoint {
    std::string origin;
    std::uint64_t tree_size = 0;
    Hash root;
    bool operator==(const Checkpoint&) const = default;
};
// Three lines: origin, size in decimal, base64 of the root.
std::string format_checkpoint(const Checkpoint& checkpoint);
// Errc::unsupported if extension lines follow: cosigners make no statement about them.
Result<Checkpoint> parse_checkpoint(std::string_view text);

// As of time_s this is the largest tree that the signer has seen.
struct Cosignature {
    std::uint64_t time_s = 0;  // Seconds since 1970, at most 2^63 - 1.
    Signature signature;
    bool operator==(const Cosignature&) const = default;
};
// "cosignature/v1\ntime <time_s>\n" and the checkpoint's text.
std::string cosignature_message(std::string_view checkpoint_text, std::uint64_t time_s);
// The caller must have made durable, before, that it never signs another root at this size.
Cosignature cosign(const SecretKey& key, std::string_view checkpoint_text, std::uint64_t time_s);
bool verify_cosignature(const PublicKey& key,
                        std::string_view checkpoint_text,
                        const Cosignature& cosignature);
// As a signature line of a note: time u64 | signature.
NoteSignature to_note_signature(const VerifierKey& key, const Cosignature& cosignature);
Result<Cosignature> parse_cosignature(const NoteSignature& signature);

// A validator's cosignature with the name that its key has in notes.
struct NamedCosignature {
    std::string name;  // cosigner_name(genesis, index)
    PublicKey key;
    Cosignature cosignature;
};
// The certified checkpoint: one 0x01 line by log_key under the origin, then the cosignatures as
// given. They are not checked here.
std::string assemble_note(const Checkpoint& checkpoint,
                          const SecretKey& log_key,
                          const std::vector<NamedCosignature>& cosignatures);

}  // namespace consentree::ledger
