#include "common/keys.h"

#include <sodium.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

using namespace consentree;

namespace {
SecretKey from_hex_seed(const char* hex) {
    std::array<std::uint8_t, 32> seed{};
    const auto bytes = from_hex(hex);
    std::copy(bytes->begin(), bytes->end(), seed.begin());
    return SecretKey::from_seed(seed);
}
// RFC 8032 7.1, test 2.
constexpr const char* seed_hex = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
constexpr const char* public_hex =
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
}  // namespace

TEST_CASE("keys: Ed25519 gives the vector of RFC 8032 7.1") {
    init_crypto();
    const SecretKey key = from_hex_seed(seed_hex);
    CHECK(to_hex(key.public_key().view()) == public_hex);
    const Signature signature = key.sign(Bytes{0x72});
    CHECK(to_hex(signature.view()) ==
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    CHECK(verify(key.public_key(), Bytes{0x72}, signature));
}

TEST_CASE("keys: no flipped bit verifies") {
    init_crypto();
    const SecretKey key = from_hex_seed(seed_hex);
    const Bytes message{1, 2, 3};
    const Signature good = key.sign(message);
    for (std::size_t i = 0; i < 64 * 8; ++i) {
        Signature bad = good;
        bad.bytes[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
        CHECK_FALSE(verify(key.public_key(), message, bad));
    }
    CHECK_FALSE(verify(key.public_key(), Bytes{1, 2}, good));
    CHECK_FALSE(verify(SecretKey::generate().public_key(), message, good));
}

TEST_CASE("keys: points of small order are not valid keys") {
    init_crypto();
    CHECK(is_valid(*fixed_from_hex<PublicKey>(public_hex)));
    CHECK_FALSE(is_valid(PublicKey{}));
    PublicKey identity;
    identity.bytes[0] = 1;
    CHECK_FALSE(is_valid(identity));
    PublicKey above_field;  // p + 1, the identity once more.
    above_field.bytes.fill(0xff);
    above_field.bytes[0] = 0xee;
    above_field.bytes[31] = 0x7f;
    CHECK_FALSE(is_valid(above_field));
}

namespace {

// The points of small order that have an encoding which can be written down: y = 1, -1, 0, 0 with
// the sign bit; and the same above the field, p + y.
std::vector<std::array<std::uint8_t, 32>> small_order_points() {
    std::array<std::uint8_t, 32> one{}, minus_one{}, zero{}, zero_signed{}, p_plus_one{}, p{};
    one[0] = 1;
    zero_signed[31] = 0x80;
    for (auto* above : {&minus_one, &p_plus_one, &p}) {
        above->fill(0xff);
        (*above)[31] = 0x7f;
    }
    minus_one[0] = 0xec;
    p_plus_one[0] = 0xee;
    p[0] = 0xed;
    return {one, minus_one, zero, zero_signed, p_plus_one, p};
}

// a + b * c mod L.
std::array<std::uint8_t, 32> add_product(const std::array<std::uint8_t, 32>& a,
                                         const std::array<std::uint8_t, 32>& b,
                                         const std::array<std::uint8_t, 32>& c) {
    std::array<std::uint8_t, 32> product{}, sum{};
    crypto_core_ed25519_scalar_mul(product.data(), b.data(), c.data());
    crypto_core_ed25519_scalar_add(sum.data(), a.data(), product.data());
    return sum;
}

}  // namespace

TEST_CASE("keys: a signature over anything is refused, whichever small point it is made with") {
    init_crypto();
    const SecretKey key = from_hex_seed(seed_hex);
    const Bytes message{1, 2, 3};
    for (const auto& point : small_order_points()) {
        // Key of small order: with R = S B it would hold for every eighth message or for all.
        for (std::uint8_t tail = 0; tail < 16; ++tail) {
            Signature forged;
            std::array<std::uint8_t, 32> scalar{};
            scalar[0] = 7;
            crypto_scalarmult_ed25519_base_noclamp(forged.data(), scalar.data());
            std::copy(scalar.begin(), scalar.end(), forged.data() + 32);
            PublicKey small;
            std::copy(point.begin(), point.end(), small.data());
            CHECK_FALSE(verify(small, Bytes{tail}, forged));
            CHECK_FALSE(is_valid(small));
        }
        // R of small order, the identity among them, under an honest key: S = h a makes the
        // equation hold, which only the owner of the key can do.
        Signature odd;
        std::copy(point.begin(), point.end(), odd.data());
        std::array<std::uint8_t, 64> digest{}, expanded{};
        Bytes preimage(point.begin(), point.end());
        preimage.insert(preimage.end(), key.public_key().bytes.begin(),
                        key.public_key().bytes.end());
        preimage.insert(preimage.end(), message.begin(), message.end());
        crypto_hash_sha512(digest.data(), preimage.data(), preimage.size());
        std::array<std::uint8_t, 32> h{}, a{}, secret{};
        crypto_core_ed25519_scalar_reduce(h.data(), digest.data());
        const auto seed = from_hex(seed_hex);
        crypto_hash_sha512(expanded.data(), seed->data(), seed->size());
        expanded[0] &= 248;
        expanded[31] = static_cast<std::uint8_t>((expanded[31] & 127) | 64);
        std::fill(expanded.begin() + 32, expanded.end(), std::uint8_t{0});
        crypto_core_ed25519_scalar_reduce(secret.data(), expanded.data());
        a = add_product({}, h, secret);
        std::copy(a.begin(), a.end(), odd.data() + 32);
        CHECK_FALSE(verify(key.public_key(), message, odd));
    }
}

TEST_CASE("keys: S above the group's order is refused") {
    init_crypto();
    const SecretKey key = from_hex_seed(seed_hex);
    const Bytes message{1, 2, 3};
    Signature high = key.sign(message);
    // L = 2^252 + 27742317777372353535851937790883648493, little-endian.
    const auto order =
        from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").value();
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += unsigned{high.bytes[32 + i]} + order[i];
        high.bytes[32 + i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    REQUIRE(carry == 0);
    CHECK_FALSE(verify(key.public_key(), message, high));
}

TEST_CASE("keys: a key with a part of small order signs, and may not be registered") {
    init_crypto();
    const SecretKey key = from_hex_seed(seed_hex);
    for (const auto& point : small_order_points()) {
        PublicKey mixed;
        if (crypto_core_ed25519_add(mixed.data(), key.public_key().data(), point.data()) != 0) {
            continue;  // Above the field: no point.
        }
        if (mixed == key.public_key()) continue;  // The identity was added.
        CHECK_FALSE(is_valid(mixed));
    }
    CHECK(is_valid(key.public_key()));
}

TEST_CASE("keys: PEM goes both ways and refuses the rest") {
    init_crypto();
    const SecretKey key = from_hex_seed(seed_hex);
    const auto again = SecretKey::from_pem(key.to_pem());
    REQUIRE(again.has_value());
    CHECK(again->public_key() == key.public_key());
    CHECK_FALSE(SecretKey::from_pem("").has_value());
    CHECK_FALSE(
        SecretKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
            .has_value());
}

TEST_CASE("keys: a saved key is private, loads again and is not overwritten") {
    init_crypto();
    const auto folder =
        std::filesystem::temp_directory_path() / ("consentree-keys-" + to_hex(random_bytes(8)));
    REQUIRE(std::filesystem::create_directory(folder));
    const SecretKey key = SecretKey::generate();
    REQUIRE(key.save(folder / "key.pem").has_value());
    CHECK(std::filesystem::status(folder / "key.pem").permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK_FALSE(SecretKey::generate().save(folder / "key.pem").has_value());
    const auto loaded = SecretKey::load(folder / "key.pem");
    REQUIRE(loaded.has_value());
    CHECK(loaded->public_key() == key.public_key());
    CHECK_FALSE(SecretKey::load(folder / "absent.pem").has_value());
    std::filesystem::remove_all(folder);
}

TEST_CASE("keys: a validator's keys differ from each other and follow from the seed") {
    init_crypto();
    const SecretKey seed = from_hex_seed(seed_hex);
    const ValidatorKeys keys = ValidatorKeys::from(seed);
    const std::set<PublicKey> different{seed.public_key(), keys.identity.public_key(),
                                        keys.vote.public_key(), keys.cosignature.public_key(),
                                        keys.log.public_key()};
    CHECK(different.size() == 5);
    CHECK(ValidatorKeys::from(seed).log.public_key() == keys.log.public_key());
    CHECK(seed.derive(4).public_key() == keys.log.public_key());
}

TEST_CASE("keys: a fingerprint is four groups of Crockford base32") {
    init_crypto();
    const std::string text = fingerprint(*fixed_from_hex<PublicKey>(public_hex));
    REQUIRE(text.size() == 24);
    CHECK(text.starts_with("ctk1-"));
    for (const std::size_t dash : {9U, 14U, 19U}) CHECK(text[dash] == '-');
    CHECK(text.find_first_of("ILOUilou", 5) == std::string::npos);
    CHECK(text != fingerprint(SecretKey::generate().public_key()));
}
