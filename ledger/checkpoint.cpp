#include "ledger/checkpoint.h"

#include "common/codec.h"
#include "ledger/decimal.h"

namespace consentree::ledger {
namespace {

constexpr std::uint64_t time_max = (std::uint64_t{1} << 63) - 1;

// The text up to the next newline, which it takes away too; nothing if there is none.
std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t newline = text.find('\n');
    if (newline == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline + 1);
    return line;
}

}  // namespace

std::string format_checkpoint(const Checkpoint& checkpoint) {
    return checkpoint.origin + "\n" + std::to_string(checkpoint.tree_size) + "\n" +
           to_base64(checkpoint.root.view()) + "\n";
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
    const auto origin = take_line(text);
    const auto size = take_line(text);
    const auto root = take_line(text);
    if (!origin || !size || !root || origin->empty()) return Errc::malformed;
    const auto tree_size = parse_decimal(*size);
    const auto hash = fixed_from_base64<Hash>(*root);
    if (!tree_size || !hash) return Errc::malformed;
    if (!text.empty()) return Errc::unsupported;
    return Checkpoint{std::string(*origin), *tree_size, *hash};
}

std::string cosignature_message(std::string_view checkpoint_text, std::uint64_t time_s) {
    std::string message = "cosignature/v1\ntime " + std::to_string(time_s) + "\n";
    message += checkpoint_text;
    return message;
}

Cosignature cosign(const SecretKey& key, std::string_view checkpoint_text, std::uint64_t time_s) {
    return {time_s, key.sign(as_bytes(cosignature_message(checkpoint_text, time_s)))};
}

bool verify_cosignature(const PublicKey& key,
                        std::string_view checkpoint_text,
                        const Cosignature& cosignature) {
    if (cosignature.time_s > time_max) return false;
    const std::string message = cosignature_message(checkpoint_text, cosignature.time_s);
    return verify(key, as_bytes(message), cosignature.signature);
}

NoteSignature to_note_signature(const VerifierKey& key, const Cosignature& cosignature) {
    Writer bytes;
    bytes.u64(cosignature.time_s);
    bytes.fixed(cosignature.signature);
    return {key.name, key.id, bytes.take()};
}

Result<Cosignature> parse_cosignature(const NoteSignature& signature) {
    Reader input(signature.bytes);
    Cosignature cosignature;
    cosignature.time_s = input.u64();
    cosignature.signature = input.fixed<Signature>();
    if (const auto done = input.finish(); !done) return done.error();
    if (cosignature.time_s > time_max) return Errc::malformed;
    return cosignature;
}

std::string assemble_note(const Checkpoint& checkpoint,
                          const SecretKey& log_key,
                          const std::vector<NamedCosignature>& cosignatures) {
    Note note;
    note.text = format_checkpoint(checkpoint);
    note.signatures.push_back(sign_text(log_key, checkpoint.origin, note.text));
    for (const NamedCosignature& each : cosignatures) {
        const VerifierKey key = make_verifier_key(each.name, KeyType::cosignature, each.key);
        note.signatures.push_back(to_note_signature(key, each.cosignature));
    }
    return format_note(note);
}

}  // namespace consentree::ledger
