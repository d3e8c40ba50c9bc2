#include "node/peer_session.h"

#include <netinet/tcp.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

namespace consentree::node {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr std::size_t write_bytes = 256 * 1024;
constexpr std::size_t handshake_bytes = 32 * 1024;  // A stranger may send so much, no more.

std::int64_t wall_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// Frames leave at once, and few of their bytes wait in the kernel, where urgent ones cannot
// overtake them any more.
void tune(asio::ip::tcp::socket& socket) {
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    const int unsent_bytes = 128 * 1024;
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes,
                 sizeof unsent_bytes);
}

}  // namespace

PeerSession::PeerSession(asio::ip::tcp::socket socket,
                         const TlsContext& context,
                         TlsChannel::Side side,
                         TlsChannel::Accepts accepts,
                         const PeerOptions& options)
    : socket_(std::move(socket)),
      tls_(context, side, std::move(accepts)),
      side_(side),
      options_(options),
      parser_(hello_bytes),
      queue_(options.queue_bytes),
      deadline_(socket_.get_executor()),
      tick_(socket_.get_executor()),
      wake_(socket_.get_executor()) {}

void PeerSession::start_deadline() {
    deadline_.expires_after(options_.handshake);
    auto expire = [weak = weak_from_this()](const boost::system::error_code& error) {
        const Self self = weak.lock();
        if (self && !error) self->close("the handshake took too long");
    };
    deadline_.async_wait(std::move(expire));
}

Awaitable<bool> PeerSession::connect(asio::ip::tcp::resolver::results_type endpoints) {
    const Self self = shared_from_this();
    const auto [error, endpoint] = co_await asio::async_connect(socket_, endpoints, use_result);
    if (error) close(error.message());
    co_return !closed_;
}

Awaitable<Result<Hello>> PeerSession::establish(Hello ours) {
    const Self self = shared_from_this();
    cipher_buffer_.resize(buffer_bytes);
    plain_buffer_.resize(buffer_bytes);
    tune(socket_);
    while (!tls_complete_) {
        const auto complete = tls_.handshake();
        // Also after a failure: the alert tells the peer why.
        const bool flushed = co_await flush();
        if (!flushed) co_return Errc::closed;
        if (!complete) {
            close("TLS refused: " + tls_.failure());
            co_return Errc::refused;
        }
        tls_complete_ = *complete;
        if (!tls_complete_) co_await receive();
        if (closed_) co_return Errc::closed;
    }
    if (!tls_.write(*make_frame(FrameType::hello, encode(ours)))) co_return Errc::closed;
    co_await flush();
    std::optional<Frame> frame = next_frame();
    while (!frame && !closed_) {
        const bool received = co_await receive();
        if (received) frame = next_frame();
    }
    if (closed_) co_return Errc::closed;
    const auto hello = decode_hello(frame->body);
    if (frame->type != FrameType::hello || !hello) {
        close("its first frame is not a hello");
        co_return Errc::malformed;
    }
    established_ = true;
    deadline_.cancel();
    parser_.set_body_limit(limits::frame_bytes);
    co_return *hello;
}

Awaitable<void> PeerSession::run(OnFrame on_frame) {
    const Self self = shared_from_this();
    received_at_ = sent_at_ = Clock::now();
    spawn(socket_.get_executor(), "peer writer", write_loop(self));
    spawn(socket_.get_executor(), "peer watch", watch_loop(self));
    deliver(on_frame);  // What came together with the hello.
    while (!closed_) {
        const bool received = co_await receive();
        if (received) deliver(on_frame);
    }
}

void PeerSession::deliver(const OnFrame& on_frame) {
    while (auto frame = next_frame()) {
        if (frame->type == FrameType::ping) continue;
        if (frame->type == FrameType::hello) return close("it said hello twice");
        on_frame(std::move(*frame));
        if (closed_) return;
    }
    if (tls_.has_output()) wake_.notify();  // TLS answers a key update by itself.
}

bool PeerSession::send(SharedFrame frame) {
    if (closed_) return false;
    if (!queue_.push(std::move(frame))) {
        close("its queue is full");
        return false;
    }
    if (!is_writing_) wake_.notify();
    return true;
}

void PeerSession::close(std::string_view reason) {
    if (closed_) return;
    closed_ = true;
    reason_ = reason;
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    deadline_.cancel();
    tick_.cancel();
    wake_.notify();
}

Awaitable<bool> PeerSession::receive() {
    const auto [error, count] =
        co_await socket_.async_read_some(asio::buffer(cipher_buffer_), use_result);
    if (closed_) co_return false;
    if (error) {
        const bool is_end = error == asio::error::eof;
        close(is_end ? "the peer closed the connection" : error.message());
        co_return false;
    }
    bytes_in_ += count;
    received_at_ = Clock::now();
    last_seen_ms_ = wall_ms();
    if (!tls_complete_ && bytes_in_ > handshake_bytes) {
        close("the handshake is too long");
        co_return false;
    }
    tls_.feed(BytesView(cipher_buffer_).first(count));
    co_return true;
}

Awaitable<bool> PeerSession::flush() {
    const Bytes output = tls_.take_output();
    if (closed_) co_return false;
    if (output.empty()) co_return true;
    const auto [error, count] =
        co_await asio::async_write(socket_, asio::buffer(output), use_result);
    bytes_out_ += count;
    if (error) close(error.message());
    co_return !closed_;
}

std::optional<Frame> PeerSession::next_frame() {
    while (!closed_) {
        auto frame = parser_.next(plain_);
        if (!frame) {
            close(frame.error() == Errc::too_large ? "a frame is too large"
                                                   : "a frame is malformed");
            break;
        }
        if (*frame) return std::move(*frame);
        const auto count = tls_.read(plain_buffer_);
        if (!count) {
            const bool is_refusal = !established_ && side_ == TlsChannel::Side::dialer;
            close(count.error() == Errc::closed ? "the peer closed the connection"
                  : is_refusal                  ? "the peer refused us: " + tls_.failure()
                                                : "TLS failed: " + tls_.failure());
            break;
        }
        if (*count == 0) break;
        plain_ = BytesView(plain_buffer_).first(*count);
    }
    return std::nullopt;
}

Awaitable<void> PeerSession::write_loop(Self self) {
    Bytes plain;
    while (!self->closed_) {
        if (self->queue_.empty() && !self->tls_.has_output()) {
            co_await self->wake_.wait();
            continue;
        }
        plain.clear();
        self->queue_.gather(plain, write_bytes);
        if (!plain.empty() && !self->tls_.write(plain)) {
            self->close("TLS failed: " + self->tls_.failure());
            break;
        }
        self->is_writing_ = true;
        self->write_started_at_ = Clock::now();
        co_await self->flush();
        self->is_writing_ = false;
        self->sent_at_ = Clock::now();
    }
}

Awaitable<void> PeerSession::watch_loop(Self self) {
    auto last_check = Clock::now();
    while (!self->closed_) {
        self->tick_.expires_after(self->options_.ping);
        co_await self->tick_.async_wait(use_result);
        const auto now = Clock::now();
        // After a pause of this process (a stop, a suspend) nobody else is to blame yet.
        const bool was_asleep = now - last_check > 2 * self->options_.ping;
        last_check = now;
        if (was_asleep) {
            self->received_at_ = self->write_started_at_ = now;
        } else if (!self->closed_) {
            self->check_times(now);
        }
    }
}

void PeerSession::check_times(Clock::time_point now) {
    if (now - received_at_ > options_.idle) return close("the peer is silent");
    if (is_writing_ && now - write_started_at_ > options_.stall) {
        return close("the peer takes nothing");
    }
    if (!is_writing_ && now - sent_at_ >= options_.ping) send(make_frame(FrameType::ping, {}));
}

}  // namespace consentree::node
