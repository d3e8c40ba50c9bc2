// One HTTP connection: reads requests one after the other, within limits and deadlines, and writes
// their answers in order. Lives on the API's thread.
#pragma once

#include "node/api_server.h"
#include "node/api_service.h"
#include "node/api_stream.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace consentree::node {

class ApiSession : public std::enable_shared_from_this<ApiSession> {
public:
    ApiSession(ApiService& service,
               const ApiConfig& config,
               const ApiTls& tls,
               asio::ip::tcp::socket socket);
    // Until the peer leaves, breaks the rules, or close() is called.
    Awaitable<void> run();
    void close();
    // False while the peer may be anyone: in the handshake, or without a token that is known.
    bool is_admitted() const { return is_admitted_; }

private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
    enum class Next { more, close };

    void begin_phase(std::chrono::milliseconds time);
    void end_phase();
    void arm();
    Awaitable<bool> shake_hands();
    Awaitable<bool> wait_for_bytes();
    Awaitable<Next> serve_one();
    // Nothing if the request is whole; else the answer that ends the connection.
    Awaitable<std::optional<ApiReply>> read_request(Parser& parser, ApiRequest& request);
    Awaitable<bool> write(const ApiReply& reply, const ApiRequest& request, bool keep_alive);
    Awaitable<void> write_tail(ApiTail& tail, bool in_chunks);
    Awaitable<void> end_tls();
    Awaitable<void> drain();

    ApiService& service_;
    const ApiConfig& config_;
    const ApiTls& tls_;
    ApiStream stream_;
    asio::steady_timer timer_;
    boost::beast::flat_buffer buffer_;
    using Clock = std::chrono::steady_clock;
    Clock::time_point deadline_ = Clock::time_point::max();  // Of the phase; none: no phase.
    Clock::time_point armed_ = Clock::time_point::max();     // When the timer looks at it.
    bool timed_out_ = false;
    bool peer_gone_ = false;
    bool is_admitted_;
};

}  // namespace consentree::node
