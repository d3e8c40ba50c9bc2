#include "client/import/jws.h"

#include "common/bytes.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace consentree::client::mapping {

namespace {

// RFC 4648 section 5, without padding.
std::optional<Bytes> from_base64url(std::string_view text) {
    std::string standard(text);
    for (char& c : standard) {
        if (c == '+' || c == '/' || c == '=') return std::nullopt;
        if (c == '-') c = '+';
        if (c == '_') c = '/';
    }
    while (standard.size() % 4 != 0) standard += '=';
    return from_base64(standard);
}

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 3.3).
bool verifies(std::string_view message, BytesView signature, std::string_view public_key_pem) {
    const std::unique_ptr<BIO, Free> bio(
        BIO_new_mem_buf(public_key_pem.data(), static_cast<int>(public_key_pem.size())));
    const std::unique_ptr<EVP_PKEY, Free> key(
        PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
    if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return false;
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    if (EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1) {
        return false;
    }
    const BytesView bytes = as_bytes(message);
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(),
                            bytes.size()) == 1;
}

}  // namespace

boost::system::result<Jws, Refused> open_jws(std::string_view compact,
                                             std::string_view public_key_pem) {
    const std::size_t first = compact.find('.');
    const std::size_t second =
        first == std::string_view::npos ? first : compact.find('.', first + 1);
    if (second == std::string_view::npos ||
        compact.find('.', second + 1) != std::string_view::npos) {
        return Refused{"", "jws-form", "a compact JWS has three parts with dots between"};
    }
    const auto header = from_base64url(compact.substr(0, first));
    const auto payload = from_base64url(compact.substr(first + 1, second - first - 1));
    const auto signature = from_base64url(compact.substr(second + 1));
    if (!header || !payload || !signature || signature->empty()) {
        return Refused{"", "jws-form", "a part of the JWS is not base64url"};
    }
    Jws result{std::string(as_text(*header)), std::string(as_text(*payload)), false};
    const auto fields = nlohmann::json::parse(result.header, nullptr, false);
    const bool rs256 = fields.is_object() && fields.contains("alg") && fields["alg"] == "RS256";
    if (!rs256) return Refused{"", "jws-algorithm", "the JWS header does not say RS256"};
    if (public_key_pem.empty()) return result;
    if (!verifies(compact.substr(0, second), *signature, public_key_pem)) {
        return Refused{"", "jws-signature", "the signature does not verify with the key given"};
    }
    result.verified = true;
    return result;
}

}  // namespace consentree::client::mapping
