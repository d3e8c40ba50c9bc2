// Ed25519 keys. Signing and verifying are libsodium's alone: libraries disagree on odd
// signatures, and a ledger may not (docs/formats.md, "Signatures").
#pragma once

#include "common/bytes.h"
#include "common/error.h"

#include <filesystem>

namespace consentree {

using PublicKey = FixedBytes<32, struct PublicKeyTag>;
using Signature = FixedBytes<64, struct SignatureTag>;

// A key pair made from a 32-byte seed. The seed is wiped when the object goes.
class SecretKey {
public:
    static SecretKey generate();
    static SecretKey from_seed(const std::array<std::uint8_t, 32>& seed);
    // PKCS#8 PEM, as openssl genpkey -algorithm ed25519 writes it.
    static Result<SecretKey> from_pem(std::string_view pem);
    static Checked<SecretKey> load(const std::filesystem::path& path);
    // Refuses to overwrite; mode 0600; the file and its directory are synced.
    Checked<void> save(const std::filesystem::path& path) const;

    SecretKey(SecretKey&&) noexcept;
    SecretKey& operator=(SecretKey&&) noexcept;
    SecretKey(const SecretKey&) = delete;
    SecretKey& operator=(const SecretKey&) = delete;
    ~SecretKey();

    const PublicKey& public_key() const { return public_key_; }
    std::string to_pem() const;
    Signature sign(BytesView message) const;
    // crypto_kdf_derive_from_key(seed, context "ctreekey", id): a separate key for each use.
    SecretKey derive(std::uint64_t id) const;

private:
    SecretKey() = default;
    std::array<std::uint8_t, 64> bytes_{};  // libsodium's layout: seed, then public key.
    PublicKey public_key_;
};

// The keys of a validator, all derived from its one seed.
struct ValidatorKeys {
    SecretKey identity;     // 1: TLS between peers, batches of its lane.
    SecretKey vote;         // 2: consensus votes, used by the vote guard alone.
    SecretKey cosignature;  // 3: checkpoint cosignatures (C2SP type 0x04).
    SecretKey log;          // 4: checkpoint log signatures (C2SP type 0x01).
    static ValidatorKeys from(const SecretKey& seed);
};

// Call once before any other thread starts. Safe to call again.
void init_crypto();

// libsodium crypto_sign_verify_detached.
bool verify(const PublicKey& key, BytesView message, const Signature& signature);
// crypto_core_ed25519_is_valid_point: keys that fail are never registered.
bool is_valid(const PublicKey& key);
// "ctk1-7Q2M-9XKD-41VF-PZ6T": Crockford base32 of the first 80 bits of SHA-256(key).
std::string fingerprint(const PublicKey& key);

Bytes random_bytes(std::size_t count);

}  // namespace consentree
