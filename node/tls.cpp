#include "node/tls.h"

#include "common/assert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace consentree::node {
namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

KeyPtr to_openssl(const SecretKey& key) {
    std::string pem = key.to_pem();
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    KeyPtr converted(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    OPENSSL_cleanse(pem.data(), pem.size());
    CT_ASSERT(converted != nullptr);
    return converted;
}

// Only the key in it means anything, so its dates never end.
CertificatePtr make_certificate(EVP_PKEY* key, const std::string& name) {
    CertificatePtr certificate(X509_new(), &X509_free);
    CT_ASSERT(certificate != nullptr);
    X509* x509 = certificate.get();
    X509_NAME* subject = X509_get_subject_name(x509);
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    bool made = X509_set_version(x509, X509_VERSION_3) == 1;
    made = made && ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1;
    made = made && ASN1_TIME_set_string(X509_getm_notBefore(x509), "19700101000000Z") == 1;
    made = made && ASN1_TIME_set_string(X509_getm_notAfter(x509), "99991231235959Z") == 1;
    made = made && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1;
    made = made && X509_set_issuer_name(x509, subject) == 1;
    made = made && X509_set_pubkey(x509, key) == 1;
    made = made && X509_sign(x509, key, nullptr) > 0;
    CT_ASSERT(made);
    return certificate;
}

std::optional<PublicKey> identity_of(X509* certificate) {
    if (certificate == nullptr) return std::nullopt;
    EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) return std::nullopt;
    PublicKey identity;
    std::size_t length = PublicKey::byte_count;
    const bool read = EVP_PKEY_get_raw_public_key(key, identity.data(), &length) == 1;
    if (!read || length != PublicKey::byte_count) return std::nullopt;
    return identity;
}

}  // namespace

TlsContext::TlsContext(const SecretKey& identity, std::uint64_t records_per_key)
    : context_(SSL_CTX_new(TLS_method()), &SSL_CTX_free), records_per_key_(records_per_key) {
    SSL_CTX* context = context_.get();
    CT_ASSERT(context != nullptr);
    const KeyPtr key = to_openssl(identity);
    const CertificatePtr certificate =
        make_certificate(key.get(), fingerprint(identity.public_key()));
    bool set = SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1;
    set = set && SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1;
    set = set && SSL_CTX_set_ciphersuites(context,
                                          "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                          "TLS_CHACHA20_POLY1305_SHA256") == 1;
    set = set && SSL_CTX_set1_groups_list(context, "X25519") == 1;
    set = set && SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1;
    set = set && SSL_CTX_use_certificate(context, certificate.get()) == 1;
    set = set && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
    set = set && SSL_CTX_set_num_tickets(context, 0) == 1;
    set = set && SSL_CTX_set_max_early_data(context, 0) == 1;
    CT_ASSERT(set);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_max_cert_list(context, 4096);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &TlsChannel::on_certificate, nullptr);
}

TlsChannel::TlsChannel(const TlsContext& context, Side side, Accepts accepts)
    : ssl_(SSL_new(context.get()), &SSL_free),
      accepts_(std::move(accepts)),
      records_per_key_(context.records_per_key()) {
    CT_ASSERT(ssl_ != nullptr);
    BIO* input = BIO_new(BIO_s_mem());
    BIO* output = BIO_new(BIO_s_mem());
    CT_ASSERT(input != nullptr && output != nullptr);
    SSL_set_bio(ssl_.get(), input, output);  // Takes both.
    SSL_set_app_data(ssl_.get(), this);
    if (side == Side::dialer) {
        SSL_set_connect_state(ssl_.get());
    } else {
        SSL_set_accept_state(ssl_.get());
    }
}

TlsChannel::~TlsChannel() = default;

// In place of OpenSSL's chain building. TLS itself proves that the peer holds the key.
int TlsChannel::on_certificate(X509_STORE_CTX* store, void*) {
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* channel = static_cast<TlsChannel*>(SSL_get_app_data(ssl));
    if (channel->is_accepted(store)) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

bool TlsChannel::is_accepted(X509_STORE_CTX* store) {
    const auto identity = identity_of(X509_STORE_CTX_get0_cert(store));
    if (!identity) {
        failure_ = "the certificate holds no Ed25519 key";
        return false;
    }
    peer_key_ = *identity;
    if (accepts_(*identity)) return true;
    failure_ = "the key " + fingerprint(*identity) + " is not the one registered";
    return false;
}

void TlsChannel::feed(BytesView ciphertext) {
    if (ciphertext.empty()) return;
    const int written =
        BIO_write(SSL_get_rbio(ssl_.get()), ciphertext.data(), static_cast<int>(ciphertext.size()));
    CT_ASSERT(written == static_cast<int>(ciphertext.size()));
}

bool TlsChannel::has_output() const {
    return BIO_ctrl_pending(SSL_get_wbio(ssl_.get())) > 0;
}

Bytes TlsChannel::take_output() {
    BIO* output = SSL_get_wbio(ssl_.get());
    Bytes ciphertext(BIO_ctrl_pending(output));
    if (ciphertext.empty()) return ciphertext;
    const int count = BIO_read(output, ciphertext.data(), static_cast<int>(ciphertext.size()));
    CT_ASSERT(count == static_cast<int>(ciphertext.size()));
    return ciphertext;
}

Result<bool> TlsChannel::handshake() {
    ERR_clear_error();
    const int code = SSL_do_handshake(ssl_.get());
    if (code == 1) return true;
    if (SSL_get_error(ssl_.get(), code) == SSL_ERROR_WANT_READ) return false;
    return failed(code);
}

Result<std::size_t> TlsChannel::read(std::span<std::uint8_t> out) {
    ERR_clear_error();
    std::size_t count = 0;
    const int code = SSL_read_ex(ssl_.get(), out.data(), out.size(), &count);
    if (code == 1) return count;
    if (SSL_get_error(ssl_.get(), code) == SSL_ERROR_WANT_READ) return std::size_t{0};
    return failed(code);
}

Result<void> TlsChannel::write(BytesView plain) {
    ERR_clear_error();
    std::size_t count = 0;
    // The output is memory, so that a write is always taken whole.
    const int code = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &count);
    if (code != 1) return failed(code);
    records_written_ += 1 + plain.size() / SSL3_RT_MAX_PLAIN_LENGTH;
    if (records_written_ >= records_per_key_) {
        records_written_ = 0;
        if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) != 1) return failed(0);
    }
    return {};
}

Errc TlsChannel::failed(int code) {
    if (SSL_get_error(ssl_.get(), code) == SSL_ERROR_ZERO_RETURN) return Errc::closed;
    if (failure_.empty()) {
        const unsigned long error = ERR_get_error();
        const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
        failure_ = reason == nullptr ? "protocol error" : reason;
    }
    ERR_clear_error();
    return Errc::refused;
}

std::string TlsChannel::failure() const {
    return failure_;
}

}  // namespace consentree::node
