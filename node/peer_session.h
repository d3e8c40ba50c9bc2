// One connection to another validator, from the first byte to the last: TLS, hello, frames in,
// frames out. Held by the pool and by its own coroutines; lives on the loop. A reader and a
// writer; one TLS object between them, touched only between suspensions. Never dials again.
#pragma once

#include "node/async.h"
#include "node/frame.h"
#include "node/handshake.h"
#include "node/peer_options.h"
#include "node/tls.h"

#include <boost/asio/ip/tcp.hpp>

namespace consentree::node {

class PeerSession : public std::enable_shared_from_this<PeerSession> {
public:
    using Clock = std::chrono::steady_clock;
    using OnFrame = std::function<void(Frame frame)>;

    // The context must outlive the session.
    PeerSession(asio::ip::tcp::socket socket,
                const TlsContext& context,
                TlsChannel::Side side,
                TlsChannel::Accepts accepts,
                const PeerOptions& options);

    // Starts the time in which establish() must end; before connect() or establish().
    void start_deadline();
    Awaitable<bool> connect(asio::ip::tcp::resolver::results_type endpoints);
    // TLS, then hello both ways. The caller compares the values. On failure the session is
    // closed and reason() says why.
    Awaitable<Result<Hello>> establish(Hello ours);
    // Delivers frames until the session is closed; on_frame may call anything here.
    Awaitable<void> run(OnFrame on_frame);

    // False: closed, also by this frame if it finds the queue full.
    bool send(SharedFrame frame);
    // The first reason stays. No frame is delivered after it.
    void close(std::string_view reason);

    bool is_closed() const { return closed_; }
    const std::string& reason() const { return reason_; }
    const PublicKey& peer_key() const { return tls_.peer_key(); }
    std::uint64_t bytes_in() const { return bytes_in_; }
    std::uint64_t bytes_out() const { return bytes_out_; }
    std::size_t queued_bytes() const { return queue_.bytes(); }
    std::int64_t last_seen_ms() const { return last_seen_ms_; }

private:
    using Self = std::shared_ptr<PeerSession>;

    Awaitable<bool> receive();
    Awaitable<bool> flush();
    // Nothing: more ciphertext is needed, or the session is closed.
    std::optional<Frame> next_frame();
    void deliver(const OnFrame& on_frame);
    static Awaitable<void> write_loop(Self self);
    static Awaitable<void> watch_loop(Self self);
    void check_times(Clock::time_point now);

    asio::ip::tcp::socket socket_;
    TlsChannel tls_;
    const TlsChannel::Side side_;
    const PeerOptions options_;
    FrameParser parser_;
    FrameQueue queue_;
    Bytes cipher_buffer_, plain_buffer_;
    BytesView plain_;  // What of plain_buffer_ is not parsed yet.

    asio::steady_timer deadline_, tick_;
    Signal wake_;
    bool closed_ = false;
    bool tls_complete_ = false;
    bool established_ = false;
    bool is_writing_ = false;
    std::string reason_;

    Clock::time_point received_at_, sent_at_, write_started_at_;
    std::int64_t last_seen_ms_ = 0;
    std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
};

}  // namespace consentree::node
