#include "client/http.h"

#include "common/limits.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <atomic>
#include <charconv>
#include <mutex>

namespace consentree::client {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

struct Endpoint {
    std::string url, host, port;
};

// http://host[:port], nothing behind it.
std::optional<Endpoint> parse_url(const std::string& url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return std::nullopt;
    std::string rest = url.substr(scheme.size());
    while (!rest.empty() && rest.back() == '/') rest.pop_back();
    if (rest.empty() || rest.find_first_of("/?#@ \t\r\n") != std::string::npos) return std::nullopt;
    Endpoint endpoint{url, rest, "80"};
    const std::size_t colon = rest.rfind(':');
    const bool bracketed = rest.front() == '[';
    if (colon != std::string::npos && (!bracketed || colon > rest.find(']'))) {
        endpoint.host = rest.substr(0, colon);
        endpoint.port = rest.substr(colon + 1);
    }
    if (bracketed && endpoint.host.size() > 2 && endpoint.host.back() == ']') {
        endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
    }
    unsigned number = 0;
    const char* end = endpoint.port.data() + endpoint.port.size();
    const auto [stop, bad] = std::from_chars(endpoint.port.data(), end, number);
    if (bad != std::errc() || stop != end || number == 0 || number > 65535) return std::nullopt;
    if (endpoint.host.empty()) return std::nullopt;
    return endpoint;
}

// One connection. Its io_context runs on the calling thread, only while a request is under way.
struct Connection {
    explicit Connection(std::size_t of) : endpoint(of), stream(context) {}
    std::size_t endpoint;
    asio::io_context context{1};
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    bool connected = false;

    // Runs what was started until it ends, by itself or at stream's expiry.
    void run() {
        context.restart();
        context.run();
    }
};

error_code connect(Connection& connection,
                   const Endpoint& endpoint,
                   Http::Clock::time_point deadline) {
    error_code result;
    asio::ip::tcp::resolver resolver(connection.context);
    const auto addresses = resolver.resolve(endpoint.host, endpoint.port, result);
    if (result) return result;
    connection.stream.expires_at(deadline);
    connection.stream.async_connect(
        addresses, [&result](error_code error, const asio::ip::tcp::endpoint&) { result = error; });
    connection.run();
    if (result) return result;
    connection.stream.socket().set_option(asio::ip::tcp::no_delay(true), result);
    connection.connected = !result;
    return result;
}

using Parser = http::response_parser<http::string_body>;

error_code exchange(Connection& connection,
                    const http::request<http::string_body>& message,
                    Parser& parser,
                    Http::Clock::time_point deadline) {
    error_code result;
    connection.stream.expires_at(deadline);
    http::async_write(connection.stream, message,
                      [&result](error_code error, std::size_t) { result = error; });
    connection.run();
    if (result) return result;
    http::async_read(connection.stream, connection.buffer, parser,
                     [&result](error_code error, std::size_t) { result = error; });
    connection.run();
    return result;
}

http::request<http::string_body> make_message(const HttpRequest& request,
                                              const Endpoint& endpoint) {
    http::request<http::string_body> message;
    message.version(11);
    message.method_string(request.method);
    message.target(request.target);
    message.set(http::field::host, endpoint.host + ":" + endpoint.port);
    message.set(http::field::user_agent, "consentree-client");
    message.set(http::field::accept, request.accept);
    if (!request.prefer.empty()) message.set(http::field::prefer, request.prefer);
    if (!request.content_type.empty()) {
        message.set(http::field::content_type, request.content_type);
    }
    message.body() = request.body;
    if (request.method != "GET") message.prepare_payload();
    return message;
}

HttpResponse take(Parser& parser, const Endpoint& endpoint) {
    HttpResponse response;
    response.status = parser.get().result_int();
    response.content_type = std::string(parser.get()[http::field::content_type]);
    const auto after = parser.get()[http::field::retry_after];
    std::from_chars(after.data(), after.data() + after.size(), response.retry_after_s);
    response.body = std::move(parser.get().body());
    response.url = endpoint.url;
    return response;
}

Failure unreachable(const Endpoint& endpoint, const error_code& error) {
    Failure failure;
    failure.kind = FailureKind::unreachable;
    failure.code = "unreachable";
    failure.what = "no answer from " + endpoint.url;
    failure.hint = "Is the node running? Try: consentree status --url " + endpoint.url;
    if (error == http::error::body_limit || error == http::error::header_limit) {
        failure.why = "its answer was larger than this call allows";
    } else if (error == beast::error::timeout) {
        failure.why = "it did not answer in time";
    } else if (error.category() == http::make_error_code(http::error::bad_version).category()) {
        failure.why = "it does not speak proper HTTP (" + error.message() + ")";
    } else {
        failure.why = error.message();
    }
    return failure;
}

}  // namespace

struct Http::Impl {
    std::vector<Endpoint> endpoints;
    std::atomic<std::size_t> preferred{0};
    std::mutex mutex;  // Guards idle.
    std::vector<std::unique_ptr<Connection>> idle;

    std::unique_ptr<Connection> borrow(std::size_t endpoint) {
        const std::lock_guard lock(mutex);
        for (auto it = idle.begin(); it != idle.end(); ++it) {
            if ((*it)->endpoint != endpoint) continue;
            auto connection = std::move(*it);
            idle.erase(it);
            return connection;
        }
        return std::make_unique<Connection>(endpoint);
    }

    void give_back(std::unique_ptr<Connection> connection) {
        constexpr std::size_t idle_max = 16;
        const std::lock_guard lock(mutex);
        if (idle.size() < idle_max) idle.push_back(std::move(connection));
    }

    Outcome<HttpResponse> send_to(std::size_t index,
                                  const HttpRequest& request,
                                  Clock::time_point deadline) {
        const Endpoint& endpoint = endpoints[index];
        const auto message = make_message(request, endpoint);
        error_code error;
        // A kept connection may have been closed meanwhile: then once more on a new one.
        for (int attempt = 0; attempt < 2; ++attempt) {
            auto connection = attempt == 0 ? borrow(index) : std::make_unique<Connection>(index);
            const bool kept = connection->connected;
            if (!kept) {
                error = connect(*connection, endpoint, deadline);
                if (error) return unreachable(endpoint, error);
            }
            Parser parser;
            parser.header_limit(limits::http_header_bytes);
            parser.body_limit(request.body_limit);
            error = exchange(*connection, message, parser, deadline);
            if (!error) {
                const bool keep = parser.get().keep_alive() && connection->buffer.size() == 0;
                HttpResponse response = take(parser, endpoint);
                if (keep) give_back(std::move(connection));
                return response;
            }
            if (!kept || error == beast::error::timeout) break;
        }
        return unreachable(endpoint, error);
    }
};

Http::Http(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Http::~Http() = default;

Outcome<std::unique_ptr<Http>> Http::make(const std::vector<std::string>& urls) {
    auto impl = std::make_unique<Impl>();
    for (const std::string& url : urls) {
        auto endpoint = parse_url(url);
        if (!endpoint) {
            return Failure{.kind = FailureKind::usage,
                           .code = "invalid-url",
                           .what = "cannot use the address \"" + url + "\"",
                           .why = "it is not of the form http://host:port",
                           .hint = "Example: http://127.0.0.1:8501"};
        }
        impl->endpoints.push_back(std::move(*endpoint));
    }
    if (impl->endpoints.empty()) {
        return Failure{
            .kind = FailureKind::usage,
            .code = "no-address",
            .what = "no node to talk to",
            .why = "no URL was given and no context is in use",
            .hint = "Give --url http://127.0.0.1:8501, or start one: consentree demo up"};
    }
    return std::unique_ptr<Http>(new Http(std::move(impl)));
}

Outcome<HttpResponse> Http::send(const HttpRequest& request,
                                 std::chrono::milliseconds attempt,
                                 Clock::time_point deadline) {
    const std::size_t count = impl_->endpoints.size();
    const std::size_t first = impl_->preferred.load();
    std::optional<Outcome<HttpResponse>> last;
    for (std::size_t i = 0; i < count; ++i) {
        const auto now = Clock::now();
        if (last && now >= deadline) break;
        const std::size_t index = (first + i) % count;
        last = impl_->send_to(index, request, std::min(deadline, now + attempt));
        if (!*last) continue;
        const unsigned status = (*last)->status;
        if (status == 429 || status == 503) continue;
        impl_->preferred.store(index);
        return std::move(*last);
    }
    return std::move(*last);
}

}  // namespace consentree::client
