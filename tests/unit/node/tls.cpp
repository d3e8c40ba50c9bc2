#include "node/tls.h"

#include <openssl/ssl.h>
#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node;

namespace {

struct Pair {
    SecretKey dialer_key = SecretKey::generate(), acceptor_key = SecretKey::generate();
    TlsContext dialer_context{dialer_key}, acceptor_context{acceptor_key};
};

bool anyone(const PublicKey&) {
    return true;
}
bool nobody(const PublicKey&) {
    return false;
}

// Passes ciphertext both ways until nothing is left, piece_bytes at a time.
struct Wire {
    TlsChannel& dialer;
    TlsChannel& acceptor;
    std::size_t piece_bytes = 1 << 20;
    Result<bool> dialer_state{false}, acceptor_state{false};

    void pass(TlsChannel& from, TlsChannel& to, Result<bool>& state) {
        const Bytes output = from.take_output();
        for (BytesView rest(output); !rest.empty();) {
            const BytesView piece = rest.first(std::min(piece_bytes, rest.size()));
            to.feed(piece);
            rest = rest.subspan(piece.size());
            if (state && !*state) state = to.handshake();
        }
    }
    void handshake() {
        dialer_state = dialer.handshake();
        while (dialer.has_output() || acceptor.has_output()) {
            pass(dialer, acceptor, acceptor_state);
            pass(acceptor, dialer, dialer_state);
        }
    }
};

Bytes read_all(TlsChannel& channel) {
    Bytes all, buffer(10'000);
    for (;;) {
        const auto count = channel.read(buffer);
        REQUIRE(count.has_value());
        if (*count == 0) return all;
        all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
    }
}

Bytes pattern(std::size_t count) {
    Bytes bytes(count);
    for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 >> 3);
    return bytes;
}

}  // namespace

TEST_CASE("tls: both sides learn and prove the identity key of the other") {
    Pair pair;
    TlsChannel dialer(pair.dialer_context, TlsChannel::Side::dialer, anyone);
    TlsChannel acceptor(pair.acceptor_context, TlsChannel::Side::acceptor, anyone);
    Wire wire{dialer, acceptor};
    SECTION("whole") {
        wire.handshake();
    }
    SECTION("one byte at a time") {
        wire.piece_bytes = 1;
        wire.handshake();
    }
    CHECK(wire.dialer_state == Result<bool>(true));
    CHECK(wire.acceptor_state == Result<bool>(true));
    CHECK(dialer.peer_key() == pair.acceptor_key.public_key());
    CHECK(acceptor.peer_key() == pair.dialer_key.public_key());
}

TEST_CASE("tls: megabytes pass whole, both ways, whatever the pieces") {
    Pair pair;
    TlsChannel dialer(pair.dialer_context, TlsChannel::Side::dialer, anyone);
    TlsChannel acceptor(pair.acceptor_context, TlsChannel::Side::acceptor, anyone);
    Wire wire{dialer, acceptor};
    wire.handshake();
    const Bytes sent = pattern(3 << 20);
    REQUIRE(dialer.write(sent).has_value());
    REQUIRE(acceptor.write(as_bytes("small")).has_value());
    wire.piece_bytes = 1000;
    wire.handshake();
    CHECK(read_all(acceptor) == sent);
    CHECK(as_text(read_all(dialer)) == "small");
}

TEST_CASE("tls: keys are replaced before they protect too many records") {
    const SecretKey key = SecretKey::generate();
    const TlsContext context(key, 3);
    TlsChannel dialer(context, TlsChannel::Side::dialer, anyone);
    TlsChannel acceptor(context, TlsChannel::Side::acceptor, anyone);
    Wire wire{dialer, acceptor};
    wire.handshake();
    for (int i = 0; i < 20; ++i) {
        const Bytes sent = pattern(100 + static_cast<std::size_t>(i));
        REQUIRE(dialer.write(sent).has_value());
        REQUIRE(acceptor.write(sent).has_value());
        wire.handshake();
        CHECK(read_all(acceptor) == sent);
        CHECK(read_all(dialer) == sent);
    }
}

TEST_CASE("tls: a key that is not accepted ends the handshake on both sides") {
    Pair pair;
    SECTION("the acceptor's") {
        TlsChannel dialer(pair.dialer_context, TlsChannel::Side::dialer, nobody);
        TlsChannel acceptor(pair.acceptor_context, TlsChannel::Side::acceptor, anyone);
        Wire wire{dialer, acceptor};
        wire.handshake();
        CHECK_FALSE(wire.dialer_state.has_value());
        CHECK_FALSE(wire.acceptor_state.has_value());
        CHECK(dialer.failure().find(fingerprint(pair.acceptor_key.public_key())) !=
              std::string::npos);
    }
    SECTION("the dialer's, which it learns at its first read") {
        TlsChannel dialer(pair.dialer_context, TlsChannel::Side::dialer, anyone);
        TlsChannel acceptor(pair.acceptor_context, TlsChannel::Side::acceptor, nobody);
        Wire wire{dialer, acceptor};
        wire.handshake();
        CHECK_FALSE(wire.acceptor_state.has_value());
        Bytes buffer(100);
        CHECK_FALSE(dialer.read(buffer).has_value());
        CHECK(dialer.failure().find("alert") != std::string::npos);
    }
}

TEST_CASE("tls: sessions cannot be resumed and carry no tickets") {
    Pair pair;
    CHECK(SSL_CTX_get_num_tickets(pair.acceptor_context.get()) == 0);
    CHECK(SSL_CTX_get_max_early_data(pair.acceptor_context.get()) == 0);
    CHECK(SSL_CTX_get_session_cache_mode(pair.acceptor_context.get()) == SSL_SESS_CACHE_OFF);
    CHECK(SSL_CTX_get_min_proto_version(pair.acceptor_context.get()) == TLS1_3_VERSION);
    TlsChannel dialer(pair.dialer_context, TlsChannel::Side::dialer, anyone);
    TlsChannel acceptor(pair.acceptor_context, TlsChannel::Side::acceptor, anyone);
    Wire wire{dialer, acceptor};
    wire.handshake();
    CHECK_FALSE(acceptor.has_output());
    Bytes buffer(100);
    CHECK(dialer.read(buffer) == Result<std::size_t>(0));
}

TEST_CASE("tls: a changed byte on the wire ends the session") {
    Pair pair;
    TlsChannel dialer(pair.dialer_context, TlsChannel::Side::dialer, anyone);
    TlsChannel acceptor(pair.acceptor_context, TlsChannel::Side::acceptor, anyone);
    Wire wire{dialer, acceptor};
    wire.handshake();
    REQUIRE(dialer.write(pattern(1000)).has_value());
    Bytes output = dialer.take_output();
    output[output.size() / 2] ^= 1;
    acceptor.feed(output);
    Bytes buffer(2000);
    CHECK_FALSE(acceptor.read(buffer).has_value());
}
