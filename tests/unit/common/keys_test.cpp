#include "common/keys.h"

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
