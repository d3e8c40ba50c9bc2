#include "node/api_tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace consentree::node {
namespace {

namespace ssl = boost::asio::ssl;

Refusal refuse(const std::filesystem::path& file, const std::string& what) {
    return {
        "api-tls", file.string() + ": " + what, "",
        "docs/operations.md, \"The API beyond loopback\", says how to make certificate and key."};
}

// TLS 1.2 with forward secrecy and authenticated ciphers, or 1.3; every handshake stands alone.
bool harden(SSL_CTX* context) {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set_num_tickets(context, 0) == 1;
}

}  // namespace

Checked<ApiTls> load_api_tls(const std::filesystem::path& certificate,
                             const std::filesystem::path& key) {
    std::error_code unreadable;
    const auto mode = std::filesystem::status(key, unreadable).permissions();
    if (unreadable) return refuse(key, unreadable.message());
    using std::filesystem::perms;
    if ((mode & perms::others_all) != perms::none) {
        return refuse(key, "others than its owner and group can read or write it; chmod 600");
    }
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    boost::system::error_code failed;
    context->use_certificate_chain_file(certificate.string(), failed);
    if (failed) return refuse(certificate, failed.message());
    context->use_private_key_file(key.string(), ssl::context::pem, failed);
    if (failed) return refuse(key, failed.message());
    SSL_CTX* native = context->native_handle();
    if (SSL_CTX_check_private_key(native) != 1) {
        return refuse(key, "it is not the key of " + certificate.string());
    }
    if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(native))) <= 0) {
        return refuse(certificate, "it has expired");
    }
    if (!harden(native)) return refuse(certificate, "this OpenSSL lacks TLS 1.2 or its ciphers");
    return {boost::system::in_place_value, std::move(context)};
}

bool is_named(const ApiTls& tls, const std::string& host) {
    X509* certificate = SSL_CTX_get0_certificate(tls->native_handle());
    return X509_check_ip_asc(certificate, host.c_str(), 0) == 1 ||
           X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1;
}

}  // namespace consentree::node
