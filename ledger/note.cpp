#include "ledger/note.h"

#include "common/assert.h"
#include "common/codec.h"
#include "common/hash.h"
#include "common/limits.h"

namespace consentree::ledger {
namespace {

constexpr std::string_view line_start = "\xe2\x80\x94 ";  // U+2014, space.

// The code point at the front of text, which it takes away; nothing if it is not strict UTF-8.
std::optional<char32_t> take_code_point(std::string_view& text) {
    const auto first = static_cast<std::uint8_t>(text.front());
    text.remove_prefix(1);
    if (first < 0x80) return first;
    const std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || text.size() < more) return std::nullopt;
    char32_t point = first & (0x3fU >> more);
    for (std::size_t i = 0; i < more; ++i) {
        const auto next = static_cast<std::uint8_t>(text[i]);
        if ((next & 0xc0) != 0x80) return std::nullopt;
        point = (point << 6) | (next & 0x3fU);
    }
    text.remove_prefix(more);
    const char32_t smallest = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
        return std::nullopt;
    }
    return point;
}

// White_Space of Unicode.
bool is_space(char32_t point) {
    return (point >= 0x09 && point <= 0x0d) || point == 0x20 || point == 0x85 || point == 0xa0 ||
           point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
           point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000;
}

// UTF-8 without control characters other than newline.
bool is_note_text(std::string_view text) {
    while (!text.empty()) {
        const auto point = take_code_point(text);
        if (!point || (*point < 0x20 && *point != '\n')) return false;
    }
    return true;
}

std::uint32_t read_id(BytesView bytes) {
    Reader input(bytes);
    return input.u32();
}

Bytes with_type(KeyType type, const PublicKey& key) {
    Writer out;
    out.u8(static_cast<std::uint8_t>(type));
    out.fixed(key);
    return out.take();
}

std::string hex_id(std::uint32_t id) {
    Writer out;
    out.u32(id);
    return to_hex(out.bytes());
}

// "<name> <base64>", without the start of the line and its newline.
Result<NoteSignature> parse_signature_line(std::string_view line) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return Errc::malformed;
    NoteSignature signature;
    signature.name = line.substr(0, space);
    if (!is_valid_key_name(signature.name)) return Errc::malformed;
    const auto blob = from_base64(line.substr(space + 1));
    if (!blob || blob->size() < 5) return Errc::malformed;
    signature.id = read_id(*blob);
    signature.bytes.assign(blob->begin() + 4, blob->end());
    return signature;
}

}  // namespace

bool is_valid_key_name(std::string_view name) {
    if (name.empty()) return false;
    while (!name.empty()) {
        const auto point = take_code_point(name);
        if (!point || *point < 0x20 || *point == '+' || is_space(*point)) return false;
    }
    return true;
}

VerifierKey make_verifier_key(std::string_view name, KeyType type, const PublicKey& key) {
    CT_ASSERT(is_valid_key_name(name));
    const Hash hash = sha256({as_bytes(name), as_bytes("\n"), with_type(type, key)});
    return {std::string(name), read_id(hash.view().first(4)), type, key};
}

std::string format_vkey(const VerifierKey& key) {
    return key.name + "+" + hex_id(key.id) + "+" + to_base64(with_type(key.type, key.key));
}

Result<VerifierKey> parse_vkey(std::string_view text) {
    const std::size_t first = text.find('+');
    if (first == std::string_view::npos) return Errc::malformed;
    const std::size_t second = text.find('+', first + 1);
    if (second == std::string_view::npos) return Errc::malformed;
    const std::string_view name = text.substr(0, first);
    const std::string_view id = text.substr(first + 1, second - first - 1);
    const auto typed = from_base64(text.substr(second + 1));
    if (!is_valid_key_name(name) || !typed || typed->empty()) return Errc::malformed;
    const auto type = static_cast<KeyType>(typed->front());
    if (type != KeyType::ed25519 && type != KeyType::cosignature) return Errc::unsupported;
    const auto key = PublicKey::from(BytesView(*typed).subspan(1));
    if (!key || !is_valid(*key)) return Errc::malformed;
    VerifierKey parsed = make_verifier_key(name, type, *key);
    if (hex_id(parsed.id) != id) return Errc::malformed;
    return parsed;
}

std::string format_note(const Note& note) {
    std::string text = note.text + "\n";
    for (const NoteSignature& signature : note.signatures) {
        Writer blob;
        blob.u32(signature.id);
        blob.raw(signature.bytes);
        text += std::string(line_start) + signature.name + " " + to_base64(blob.bytes()) + "\n";
    }
    return text;
}

Result<Note> parse_note(std::string_view text) {
    if (text.size() > limits::note_bytes) return Errc::too_large;
    // The last blank line separates text from signatures.
    const std::size_t end = text.rfind("\n\n");
    if (end == std::string_view::npos || !is_note_text(text)) return Errc::malformed;
    Note note;
    note.text = text.substr(0, end + 1);
    std::string_view rest = text.substr(end + 2);
    while (!rest.empty()) {
        const std::size_t newline = rest.find('\n');
        if (newline == std::string_view::npos || !rest.starts_with(line_start)) {
            return Errc::malformed;
        }
        if (note.signatures.size() == limits::note_signatures) return Errc::too_large;
        auto signature =
            parse_signature_line(rest.substr(line_start.size(), newline - line_start.size()));
        if (!signature) return signature.error();
        note.signatures.push_back(std::move(*signature));
        rest.remove_prefix(newline + 1);
    }
    if (note.signatures.empty()) return Errc::malformed;
    return note;
}

NoteSignature sign_text(const SecretKey& key, std::string_view name, std::string_view text) {
    const VerifierKey identity = make_verifier_key(name, KeyType::ed25519, key.public_key());
    return {identity.name, identity.id, to_bytes(key.sign(as_bytes(text)).view())};
}

bool verify_text(const VerifierKey& key, std::string_view text, const NoteSignature& signature) {
    const auto bytes = Signature::from(signature.bytes);
    return key.type == KeyType::ed25519 && bytes && verify(key.key, as_bytes(text), *bytes);
}

}  // namespace consentree::ledger
