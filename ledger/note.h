// C2SP signed notes (c2sp.org/signed-note): text, signature lines, verifier keys. Parsing is
// strict and bounded; whether a signature counts is the policy's question.
#pragma once

#include "common/error.h"
#include "common/keys.h"

#include <string>
#include <string_view>
#include <vector>

namespace consentree::ledger {

enum class KeyType : std::uint8_t {
    ed25519 = 0x01,      // Ed25519 over the note's text.
    cosignature = 0x04,  // Timestamped Ed25519 cosignature: see checkpoint.h.
};

// A public key that may sign notes. (name, id) identifies it; several keys may share a name.
struct VerifierKey {
    std::string name;
    std::uint32_t id = 0;
    KeyType type = KeyType::ed25519;
    PublicKey key;
    bool operator==(const VerifierKey&) const = default;
};
// name must be a valid key name.
VerifierKey make_verifier_key(std::string_view name, KeyType type, const PublicKey& key);
// "<name>+<8 hex digits of id>+base64(type || key)".
std::string format_vkey(const VerifierKey& key);
// Errc::unsupported for another type; Errc::malformed, also for a key that is no valid point.
Result<VerifierKey> parse_vkey(std::string_view text);
// Not empty, UTF-8, no space of Unicode, no control character, no '+'.
bool is_valid_key_name(std::string_view name);

struct NoteSignature {
    std::string name;
    std::uint32_t id = 0;
    Bytes bytes;  // After the id: 64 for 0x01, 72 for 0x04, anything for unknown types.
    bool operator==(const NoteSignature&) const = default;
};
struct Note {
    std::string text;  // Ends in a newline.
    std::vector<NoteSignature> signatures;
    bool operator==(const Note&) const = default;
};
std::string format_note(const Note& note);
Result<Note> parse_note(std::string_view text);

// A 0x01 line over text.
NoteSignature sign_text(const SecretKey& key, std::string_view name, std::string_view text);
// Whether a 0x01 line holds. The caller has matched name and id.
bool verify_text(const VerifierKey& key, std::string_view text, const NoteSignature& signature);

}  // namespace consentree::ledger
