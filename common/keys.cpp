#include "common/keys.h"

#include "common/assert.h"
#include "common/files.h"
#include "common/hash.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <memory>

namespace consentree {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

constexpr char kdf_context[crypto_kdf_CONTEXTBYTES + 1] = "ctreekey";

}  // namespace

void init_crypto() {
    CT_ASSERT(sodium_init() >= 0);
}

SecretKey SecretKey::from_seed(const std::array<std::uint8_t, 32>& seed) {
    init_crypto();
    SecretKey key;
    CT_ASSERT(crypto_sign_seed_keypair(key.public_key_.data(), key.bytes_.data(), seed.data()) ==
              0);
    return key;
}

SecretKey SecretKey::generate() {
    init_crypto();
    std::array<std::uint8_t, 32> seed{};
    randombytes_buf(seed.data(), seed.size());
    SecretKey key = from_seed(seed);
    sodium_memzero(seed.data(), seed.size());
    return key;
}

Result<SecretKey> SecretKey::from_pem(std::string_view pem) {
    if (pem.size() > 4096) return Errc::too_large;
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) return Errc::malformed;
    std::array<std::uint8_t, 32> seed{};
    std::size_t length = seed.size();
    if (EVP_PKEY_get_raw_private_key(key.get(), seed.data(), &length) != 1 || length != 32) {
        return Errc::malformed;
    }
    SecretKey secret = from_seed(seed);
    sodium_memzero(seed.data(), seed.size());
    return secret;
}

std::string SecretKey::to_pem() const {
    const KeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_.data(), 32),
                     &EVP_PKEY_free);
    CT_ASSERT(key != nullptr);
    const BioPtr bio(BIO_new(BIO_s_mem()), &BIO_free);
    CT_ASSERT(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr) == 1);
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(length));
}

Checked<SecretKey> SecretKey::load(const std::filesystem::path& path) {
    auto text = read_file(path, 4096);
    if (!text) {
        return Refusal{"key-unreadable", "cannot read the key file " + path.string(), "",
                       "check the path and that you may read it"};
    }
    auto key = from_pem(*text);
    if (!key) {
        return Refusal{"key-malformed",
                       path.string() + " is not an Ed25519 private key in PKCS#8 PEM form", "",
                       "make one with: consentree key gen --out FILE"};
    }
    return std::move(*key);
}

Checked<void> SecretKey::save(const std::filesystem::path& path) const {
    const auto written = write_new_file(path, to_pem(), 0600);
    if (written) return {};
    if (written.error() == Errc::conflict) {
        return Refusal{"file-exists", path.string() + " exists already and is not overwritten", "",
                       "choose another file name"};
    }
    return Refusal{"file-unwritable", "cannot write " + path.string(), "",
                   "check that the folder exists and that you may write there"};
}

SecretKey::SecretKey(SecretKey&& other) noexcept
    : bytes_(other.bytes_), public_key_(other.public_key_) {
    sodium_memzero(other.bytes_.data(), other.bytes_.size());
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
    if (this != &other) {
        bytes_ = other.bytes_;
        public_key_ = other.public_key_;
        sodium_memzero(other.bytes_.data(), other.bytes_.size());
    }
    return *this;
}

SecretKey::~SecretKey() {
    sodium_memzero(bytes_.data(), bytes_.size());
}

Signature SecretKey::sign(BytesView message) const {
    Signature signature;
    CT_ASSERT(crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                                   bytes_.data()) == 0);
    return signature;
}

SecretKey SecretKey::derive(std::uint64_t id) const {
    std::array<std::uint8_t, 32> seed{};
    CT_ASSERT(
        crypto_kdf_derive_from_key(seed.data(), seed.size(), id, kdf_context, bytes_.data()) == 0);
    SecretKey key = from_seed(seed);
    sodium_memzero(seed.data(), seed.size());
    return key;
}

ValidatorKeys ValidatorKeys::from(const SecretKey& seed) {
    return {seed.derive(1), seed.derive(2), seed.derive(3), seed.derive(4)};
}

bool verify(const PublicKey& key, BytesView message, const Signature& signature) {
    return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                       key.data()) == 0;
}

bool is_valid(const PublicKey& key) {
    return crypto_core_ed25519_is_valid_point(key.data()) == 1;
}

std::string fingerprint(const PublicKey& key) {
    static constexpr char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const Hash hash = sha256(key.view());
    std::string text = "ctk1";
    for (std::size_t digit = 0; digit < 16; ++digit) {
        if (digit % 4 == 0) text.push_back('-');
        const std::size_t bit = digit * 5;
        const unsigned window =
            static_cast<unsigned>(hash.bytes[bit / 8]) << 8 | hash.bytes[bit / 8 + 1];
        text.push_back(alphabet[(window >> (11 - bit % 8)) & 31U]);
    }
    return text;
}

Bytes random_bytes(std::size_t count) {
    init_crypto();
    Bytes bytes(count);
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
}

}  // namespace consentree
