// One API connection's bytes: plain, or under TLS. An AsyncStream for Beast; include it in few
// files, it brings Asio's SSL. Lives on the API's thread.
#pragma once

#include "node/api_tls.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>

namespace consentree::node {

class ApiStream {
public:
    using executor_type = boost::asio::ip::tcp::socket::executor_type;

    // Without a context: plain.
    ApiStream(boost::asio::ip::tcp::socket socket, const ApiTls& tls) : socket_(std::move(socket)) {
        if (tls != nullptr) tls_.emplace(socket_, *tls);
    }
    ApiStream(const ApiStream&) = delete;
    ApiStream& operator=(const ApiStream&) = delete;
    executor_type get_executor() { return socket_.get_executor(); }
    boost::asio::ip::tcp::socket& socket() { return socket_; }
    bool is_secure() const { return tls_.has_value(); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
        return socket_.async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
        return socket_.async_write_some(buffers, std::forward<Token>(token));
    }
    // Only if it is secure.
    template <class Token>
    auto async_handshake(Token&& token) {
        return tls_->async_handshake(boost::asio::ssl::stream_base::server,
                                     std::forward<Token>(token));
    }
    template <class Token>
    auto async_shutdown(Token&& token) {
        return tls_->async_shutdown(std::forward<Token>(token));
    }

private:
    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

}  // namespace consentree::node
