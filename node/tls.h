// TLS 1.3 between validators, without sockets: ciphertext in, ciphertext out. Each side shows a
// self-signed certificate around its registered Ed25519 identity key, and that key is all that is
// checked: no authority, no names, no dates. One object per session, on the loop. No tickets,
// resumption, early data or older versions.
#pragma once

#include "common/error.h"
#include "common/keys.h"

#include <functional>
#include <memory>
#include <string>

struct ssl_st;
struct ssl_ctx_st;
struct x509_store_ctx_st;

namespace consentree::node {

// This node's certificate and the protocol settings; shared by all its sessions.
class TlsContext {
public:
    // RFC 8446 5.5: one key may protect 2^24.5 records; it is replaced well before.
    explicit TlsContext(const SecretKey& identity, std::uint64_t records_per_key = 1U << 22);
    ssl_ctx_st* get() const { return context_.get(); }
    std::uint64_t records_per_key() const { return records_per_key_; }

private:
    std::shared_ptr<ssl_ctx_st> context_;
    std::uint64_t records_per_key_;
};

class TlsChannel {
public:
    enum class Side { dialer, acceptor };
    // Whether the peer that shows this key may talk to us. Called during the handshake.
    using Accepts = std::function<bool(const PublicKey& identity)>;

    // The context must outlive the channel.
    TlsChannel(const TlsContext& context, Side side, Accepts accepts);
    ~TlsChannel();
    TlsChannel(const TlsChannel&) = delete;
    TlsChannel& operator=(const TlsChannel&) = delete;

    // Ciphertext from the socket. Call handshake() or read() after it.
    void feed(BytesView ciphertext);
    // Ciphertext for the socket; check it after every other call. Empty: nothing to send.
    Bytes take_output();
    bool has_output() const;

    // True: complete, peer_key() is proven. False: feed it more.
    Result<bool> handshake();
    // Plain bytes read into out; 0 when more ciphertext is needed. Errc::closed: a clean end.
    Result<std::size_t> read(std::span<std::uint8_t> out);
    Result<void> write(BytesView plain);

    const PublicKey& peer_key() const { return peer_key_; }
    // Why the handshake or a read failed, in words for the log.
    std::string failure() const;

private:
    friend class TlsContext;  // Installs on_certificate.
    static int on_certificate(x509_store_ctx_st* store, void*);
    bool is_accepted(x509_store_ctx_st* store);
    Errc failed(int code);

    std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
    Accepts accepts_;
    const std::uint64_t records_per_key_;
    std::uint64_t records_written_ = 0;  // With the present key.
    PublicKey peer_key_;
    std::string failure_;
};

}  // namespace consentree::node
