#include "node/api_session.h"

#include "common/keys.h"
#include "common/limits.h"
#include "node/api_routes.h"
#include "node/api_tail.h"
#include "node/clock.h"
#include "node/problem.h"

#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace consentree::node {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

// Bytes of a body that is not wanted which are still read, so that the peer sees the answer.
constexpr std::size_t drain_bytes = 4 * 1024 * 1024;
constexpr std::chrono::milliseconds drain_time{1'000};
// What needs no token: says that the process works, and nothing else.
constexpr std::string_view open_path = "/livez";

std::string lower(beast::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string media_type(beast::string_view value) {
    std::string type = lower(value.substr(0, std::min(value.find(';'), value.size())));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    return type;
}

Refusal refusal_of(const boost::system::error_code& error, bool timed_out) {
    if (timed_out) return {"request-timeout", "the request did not arrive in time", "", ""};
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return {"header-too-large", "the limit is 16 KiB", "", ""};
    }
    if (error == http::error::body_limit) {
        return {"too-large", "a body may have 2 MiB", "", ""};
    }
    return {"bad-request", error.message(), "", ""};
}

// Nobody is left to answer: an error of the socket, or an end in the middle of a message.
bool is_end_of_peer(const boost::system::error_code& error) {
    if (error == http::error::end_of_stream || error == http::error::partial_message) return true;
    return error.category() != make_error_code(http::error::end_of_stream).category();
}

// The host of a Host header, without port and brackets.
std::string host_name(beast::string_view value) {
    std::string host = lower(value);
    const bool is_bracketed = !host.empty() && host.front() == '[';
    const std::size_t colon = is_bracketed ? host.find(':', host.find(']')) : host.find(':');
    host.resize(std::min(colon, host.size()));
    if (is_bracketed && host.back() == ']') host = host.substr(1, host.size() - 2);
    return host;
}

// A page of another site that a browser has open may resolve its own name to this listener: only
// loopback names and those of the certificate are answered. RFC 9112 3.2: exactly one Host.
std::optional<Refusal> check_host(const http::fields& fields, const ApiTls& tls) {
    if (fields.count(http::field::host) != 1) {
        return Refusal{"bad-request", "exactly one Host header is expected", "", ""};
    }
    const std::string host = host_name(fields[http::field::host]);
    boost::system::error_code failed;
    const auto address = asio::ip::make_address(host, failed);
    if (host == "localhost" || (!failed && address.is_loopback())) return std::nullopt;
    if (tls == nullptr) {
        return Refusal{"host-unknown", "this listener is for loopback names", "", ""};
    }
    if (is_named(tls, host)) return std::nullopt;
    return Refusal{"host-unknown", "the listener's certificate is not for this name", "", ""};
}

// To those who send plain HTTP where TLS is spoken.
std::string https_only_answer() {
    const std::string body = api::format(make_problem({"https-only", "", "", ""}));
    return "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: " +
           std::string(api::problem_type) + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

bool is_plain_http(const boost::system::error_code& error) {
    return error.category() == asio::error::get_ssl_category() &&
           ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

// Unique enough to find one line in a log; it protects nothing.
std::string make_request_id() {
    static thread_local std::uint64_t count = 0;
    static thread_local const std::string start = to_hex(random_bytes(6));
    return start + "-" + std::to_string(++count);
}

}  // namespace

ApiSession::ApiSession(ApiService& service,
                       const ApiConfig& config,
                       const ApiTls& tls,
                       asio::ip::tcp::socket socket)
    : service_(service),
      config_(config),
      tls_(tls),
      stream_(std::move(socket), tls),
      timer_(stream_.get_executor()),
      buffer_(limits::http_header_bytes + 64 * 1024),
      is_admitted_(config.callers.empty() && tls == nullptr) {}

void ApiSession::begin_phase(std::chrono::milliseconds time) {
    timed_out_ = false;
    deadline_ = Clock::now() + time;
    if (deadline_ < armed_) arm();
}

void ApiSession::end_phase() {
    deadline_ = Clock::time_point::max();
}

// Phases come and go many times a second: the timer is left to fire, and then looks which deadline
// holds now.
void ApiSession::arm() {
    armed_ = deadline_;
    timer_.expires_at(armed_);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || self == nullptr) return;
        self->armed_ = Clock::time_point::max();
        if (self->deadline_ <= Clock::now()) {
            self->timed_out_ = true;
            self->stream_.socket().cancel(error);
        } else if (self->deadline_ != self->armed_) {
            self->arm();
        }
    });
}

void ApiSession::close() {
    boost::system::error_code ignored;
    stream_.socket().close(ignored);
    timer_.cancel();
}

Awaitable<bool> ApiSession::wait_for_bytes() {
    if (buffer_.size() > 0) co_return true;
    // Who has not shown a token yet does not occupy a place for long.
    begin_phase(is_admitted_ ? config_.idle_time : config_.header_time);
    auto [error, count] = co_await stream_.async_read_some(buffer_.prepare(4096), use_result);
    end_phase();
    if (error) co_return false;
    buffer_.commit(count);
    co_return true;
}

Awaitable<bool> ApiSession::shake_hands() {
    if (!stream_.is_secure()) co_return true;
    begin_phase(config_.header_time);
    auto [error] = co_await stream_.async_handshake(use_result);
    if (is_plain_http(error)) {
        const std::string answer = https_only_answer();
        co_await asio::async_write(stream_.socket(), asio::buffer(answer), use_result);
    }
    end_phase();
    co_return !error;
}

Awaitable<void> ApiSession::run() {
    const auto self = shared_from_this();
    boost::system::error_code ignored;
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    const bool is_ready = co_await shake_hands();
    while (is_ready && co_await wait_for_bytes()) {
        if (co_await serve_one() == Next::close) break;
        if (service_.is_stopping()) break;
    }
    if (is_ready && !peer_gone_) co_await end_tls();
    if (!peer_gone_) co_await drain();
    close();
}

Awaitable<ApiSession::Next> ApiSession::serve_one() {
    Parser parser;
    parser.header_limit(limits::http_header_bytes);
    parser.body_limit(limits::http_body_bytes);
    ApiRequest request;
    request.request_id = make_request_id();
    request.role = config_.callers.empty() ? CallerRole::client : CallerRole::nobody;
    const TimeUs started = monotonic_us();
    std::string_view route = "none";
    std::optional<ApiReply> reply = co_await read_request(parser, request);
    if (peer_gone_) co_return Next::close;
    const bool may_go_on = !reply && is_admitted_ && parser.get().keep_alive();
    if (!reply) reply = co_await dispatch(service_, request, route);
    const bool keep_alive = may_go_on && reply->tail == nullptr;
    const bool is_written = co_await write(*reply, request, keep_alive);
    service_.metrics.observe_request(route, route == "none" ? "none" : request.method,
                                     reply->status,
                                     static_cast<double>(monotonic_us() - started) / 1e6);
    if (is_written && reply->tail != nullptr && request.method != "HEAD") {
        co_await write_tail(*reply->tail, request.takes_chunks);
    }
    co_return is_written&& keep_alive ? Next::more : Next::close;
}

Awaitable<std::optional<ApiReply>> ApiSession::read_request(Parser& parser, ApiRequest& request) {
    begin_phase(config_.header_time);
    auto [header_error, header_count] =
        co_await http::async_read_header(stream_, buffer_, parser, use_result);
    end_phase();
    static_cast<void>(header_count);
    const auto& message = parser.get();
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    if (header_error) {
        peer_gone_ = !timed_out_ && is_end_of_peer(header_error);
        co_return problem_reply(request, refusal_of(header_error, timed_out_));
    }
    request.content_type = media_type(message[http::field::content_type]);
    for (const auto& field : message) {
        if (field.name() == http::field::prefer) {
            read_prefer({field.value().data(), field.value().size()}, request);
        }
        if (field.name() == http::field::if_none_match) {
            request.if_none_match += std::string(field.value());
        }
        if (field.name_string() == "Last-Event-ID") {
            request.last_event_id += std::string(field.value());
        }
    }
    request.takes_chunks = message.version() == 11;
    if (const auto refusal = check_host(message, tls_)) co_return problem_reply(request, *refusal);
    if (!config_.callers.empty()) {
        const auto credentials = message[http::field::authorization];
        request.role = find_role(config_.callers, {credentials.data(), credentials.size()});
    }
    is_admitted_ = request.role != CallerRole::nobody;
    // Before its body is read.
    if (!is_admitted_ && request.target != open_path) {
        co_return problem_reply(
            request,
            Refusal{"caller-unknown", "the request has no token that this node knows", "", ""});
    }
    if (message.count(http::field::content_encoding) > 0) {
        co_return problem_reply(
            request, Refusal{"unsupported-media-type", "Content-Encoding is not taken", "", ""});
    }
    begin_phase(config_.body_time);
    if (lower(message[http::field::expect]) == "100-continue" && !parser.is_done()) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(stream_, asio::buffer(go_on), use_result);
    }
    auto [error, count] = co_await http::async_read(stream_, buffer_, parser, use_result);
    end_phase();
    static_cast<void>(count);
    if (error) {
        peer_gone_ = !timed_out_ && is_end_of_peer(error);
        co_return problem_reply(request, refusal_of(error, timed_out_));
    }
    request.body = std::move(parser.get().body());
    co_return std::nullopt;
}

Awaitable<bool> ApiSession::write(const ApiReply& reply,
                                  const ApiRequest& request,
                                  bool keep_alive) {
    http::response<http::string_body> response;
    response.version(11);
    response.result(reply.status);
    response.keep_alive(keep_alive);
    response.set(http::field::server, "consentree");
    response.set("Request-Id", request.request_id);
    if (request.role != CallerRole::nobody) {
        response.set("Consentree-Height", std::to_string(service_.view()->tip.height));
        response.set("Consentree-Network", to_hex(service_.facade.genesis().network.view()));
    }
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : reply.headers) response.set(name, value);
    const bool has_content = reply.status != 204 && reply.status != 304;
    if (has_content) {
        response.set(http::field::content_type, reply.content_type);
        // HEAD has the length that GET would have, and no body (RFC 9110 9.3.2).
        if (reply.tail == nullptr) response.content_length(reply.body.size());
        if (reply.tail != nullptr && request.takes_chunks) response.chunked(true);
    }
    begin_phase(config_.write_time);
    boost::system::error_code failed;
    if (request.method == "HEAD" || !has_content || reply.tail != nullptr) {
        http::response<http::empty_body> head(std::move(response.base()));
        http::response_serializer<http::empty_body> serializer(head);
        auto [error, count] = co_await http::async_write_header(stream_, serializer, use_result);
        static_cast<void>(count);
        failed = error;
    } else {
        response.body() = reply.body;
        auto [error, count] = co_await http::async_write(stream_, response, use_result);
        static_cast<void>(count);
        failed = error;
    }
    end_phase();
    peer_gone_ = static_cast<bool>(failed);
    co_return !failed;
}

// Part by part: the next one is made when the last has left. A peer that takes none for write_time
// is cut off; one that takes half of that gets a last word.
Awaitable<void> ApiSession::write_tail(ApiTail& tail, bool in_chunks) {
    for (;;) {
        const std::string part = co_await tail.next();
        const auto begun = Clock::now();
        begin_phase(config_.write_time);
        boost::system::error_code failed;
        if (!in_chunks) {
            auto [error, count] =
                co_await asio::async_write(stream_, asio::buffer(part), use_result);
            static_cast<void>(count);
            failed = error;
        } else if (part.empty()) {
            auto [error, count] =
                co_await asio::async_write(stream_, http::make_chunk_last(), use_result);
            static_cast<void>(count);
            failed = error;
        } else {
            auto [error, count] = co_await asio::async_write(
                stream_, http::make_chunk(asio::buffer(part)), use_result);
            static_cast<void>(count);
            failed = error;
        }
        end_phase();
        peer_gone_ = static_cast<bool>(failed);
        if (failed || part.empty()) co_return;
        if (Clock::now() - begun > config_.write_time / 2) tail.fall_behind();
    }
}

// So that the peer knows that nothing was cut off (RFC 8446 6.1).
Awaitable<void> ApiSession::end_tls() {
    if (!stream_.is_secure()) co_return;
    begin_phase(drain_time);
    co_await stream_.async_shutdown(use_result);
    end_phase();
}

// Closing with unread bytes would reset the connection and lose the answer on its way.
Awaitable<void> ApiSession::drain() {
    boost::system::error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    begin_phase(drain_time);
    std::vector<char> waste(16 * 1024);
    std::size_t total = 0;
    while (total < drain_bytes && !timed_out_) {
        auto [error, count] =
            co_await stream_.socket().async_read_some(asio::buffer(waste), use_result);
        if (error) break;
        total += count;
    }
    end_phase();
}

}  // namespace consentree::node
