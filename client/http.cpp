#include "client/http.h"

#include "common/files.h"
#include "common/limits.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <optional>

namespace consentree::client {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

struct Endpoint {
    std::string url, host, port;
    bool is_secure = false;

    bool is_loopback() const {
        error_code failed;
        const auto address = asio::ip::make_address(host, failed);
        return host == "localhost" || (!failed && address.is_loopback());
    }
};

// http:// or https://, host[:port], nothing behind it.
std::optional<Endpoint> parse_url(const std::string& url) {
    const bool is_secure = url.starts_with("https://");
    if (!is_secure && !url.starts_with("http://")) return std::nullopt;
    std::string rest = url.substr(url.find("//") + 2);
    while (!rest.empty() && rest.back() == '/') rest.pop_back();
    if (rest.empty() || rest.find_first_of("/?#@ \t\r\n") != std::string::npos) return std::nullopt;
    Endpoint endpoint{url, rest, is_secure ? "443" : "80", is_secure};
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
    std::optional<asio::ssl::stream<beast::tcp_stream&>> secure;
    beast::flat_buffer buffer;
    bool connected = false;

    // Runs what was started until it ends, by itself or at stream's expiry.
    void run() {
        context.restart();
        context.run();
    }
};

// The certificate must be one that the context trusts, and for that host.
error_code shake_hands(Connection& connection, const Endpoint& endpoint, asio::ssl::context& tls) {
    error_code result;
    auto& secure = connection.secure.emplace(connection.stream, tls);
    secure.set_verify_mode(asio::ssl::verify_peer);
    secure.set_verify_callback(asio::ssl::host_name_verification(endpoint.host));
    asio::ip::make_address(endpoint.host, result);
    if (result) {  // SSL_set_tlsext_host_name, without its cast.
        std::string name = endpoint.host;
        SSL_ctrl(secure.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 name.data());
    }
    secure.async_handshake(asio::ssl::stream_base::client,
                           [&result](error_code error) { result = error; });
    connection.run();
    return result;
}

error_code connect(Connection& connection,
                   const Endpoint& endpoint,
                   std::optional<asio::ssl::context>& tls,
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
    if (!result && endpoint.is_secure) result = shake_hands(connection, endpoint, *tls);
    connection.connected = !result;
    return result;
}

using Parser = http::response_parser<http::string_body>;

template <class Stream>
error_code exchange_over(Stream& stream,
                         Connection& connection,
                         const http::request<http::string_body>& message,
                         Parser& parser) {
    error_code result;
    http::async_write(stream, message,
                      [&result](error_code error, std::size_t) { result = error; });
    connection.run();
    if (result) return result;
    http::async_read(stream, connection.buffer, parser,
                     [&result](error_code error, std::size_t) { result = error; });
    connection.run();
    return result;
}

error_code exchange(Connection& connection,
                    const http::request<http::string_body>& message,
                    Parser& parser,
                    Http::Clock::time_point deadline) {
    connection.stream.expires_at(deadline);
    if (connection.secure) {
        return exchange_over(*connection.secure, connection, message, parser);
    }
    return exchange_over(connection.stream, connection, message, parser);
}

http::request<http::string_body> make_message(const HttpRequest& request,
                                              const Endpoint& endpoint,
                                              const std::string& token) {
    http::request<http::string_body> message;
    message.version(11);
    message.method_string(request.method);
    message.target(request.target);
    message.set(http::field::host, endpoint.host + ":" + endpoint.port);
    message.set(http::field::user_agent, "consentree-client");
    message.set(http::field::accept, request.accept);
    if (!token.empty()) message.set(http::field::authorization, "Bearer " + token);
    if (!request.prefer.empty()) message.set(http::field::prefer, request.prefer);
    if (!request.content_type.empty()) {
        message.set(http::field::content_type, request.content_type);
    }
    message.body() = request.body;
    if (request.method != "GET") message.prepare_payload();
    return message;
}

template <class Fields>
HttpResponse take_head(const Fields& message, const Endpoint& endpoint) {
    HttpResponse response;
    response.status = message.result_int();
    response.content_type = std::string(message[http::field::content_type]);
    const auto after = message[http::field::retry_after];
    std::from_chars(after.data(), after.data() + after.size(), response.retry_after_s);
    response.url = endpoint.url;
    return response;
}

HttpResponse take(Parser& parser, const Endpoint& endpoint) {
    HttpResponse response = take_head(parser.get(), endpoint);
    response.body = std::move(parser.get().body());
    return response;
}

// An answer as it comes. on_data decides how long.
using TailParser = http::response_parser<http::buffer_body>;

template <class Stream>
error_code read_tail_over(Stream& stream,
                          Connection& connection,
                          TailParser& parser,
                          std::chrono::milliseconds quiet,
                          const Http::OnData& on_data) {
    std::vector<char> part(16 * 1024);
    while (!parser.is_done()) {
        parser.get().body() = {part.data(), part.size(), true};
        connection.stream.expires_after(quiet);
        error_code result;
        http::async_read_some(stream, connection.buffer, parser,
                              [&result](error_code error, std::size_t) { result = error; });
        connection.run();
        if (result == http::error::need_buffer) result = {};
        if (result) return result;
        const std::size_t count = part.size() - parser.get().body().size;
        if (count > 0 && !on_data({part.data(), count})) return {};
    }
    return {};
}

template <class Stream>
error_code open_tail_over(Stream& stream,
                          Connection& connection,
                          const http::request<http::string_body>& message,
                          TailParser& parser) {
    error_code result;
    http::async_write(stream, message,
                      [&result](error_code error, std::size_t) { result = error; });
    connection.run();
    if (result) return result;
    http::async_read_header(stream, connection.buffer, parser,
                            [&result](error_code error, std::size_t) { result = error; });
    connection.run();
    return result;
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
    } else if (error.category() == asio::error::get_ssl_category()) {
        failure.why = "TLS failed: " + error.message();
        failure.hint = "Give the node's certificate: --ca FILE. Is it for this host?";
    } else {
        failure.why = error.message();
    }
    return failure;
}

Failure stream_over() {
    Failure failure;
    failure.kind = FailureKind::unreachable;
    failure.code = "stream-ended";
    failure.what = "the answer broke off";
    return failure;
}

// One line of printable characters.
Outcome<std::string> load_token(const std::string& path) {
    const auto text = read_file(path, 1024);
    std::string token = text ? text->substr(0, text->find('\n')) : std::string();
    const bool is_printable =
        std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!token.empty() && is_printable) return token;
    return Failure{
        .kind = FailureKind::usage,
        .code = "token-unusable",
        .what = "cannot use the token file " + path,
        .why = text ? "it does not begin with a line that is a token" : "it cannot be read",
        .hint = "consentree key token makes one; the node's operator must know its hash."};
}

Outcome<Done> trust_certificates(asio::ssl::context& tls, const std::string& ca) {
    error_code failed;
    SSL_CTX* native = tls.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    // A node's own certificate may be given instead of an authority's.
    X509_STORE_set_flags(SSL_CTX_get_cert_store(native), X509_V_FLAG_PARTIAL_CHAIN);
    if (ca.empty()) {
        tls.set_default_verify_paths(failed);
    } else {
        tls.load_verify_file(ca, failed);
    }
    if (!failed) return Done{};
    return Failure{.kind = FailureKind::usage,
                   .code = "ca-unusable",
                   .what = "cannot use the certificates of " + ca,
                   .why = failed.message(),
                   .hint = "A PEM file with the node's certificate, or of who issued it."};
}

}  // namespace

struct Http::Impl {
    std::vector<Endpoint> endpoints;
    std::string token;
    std::optional<asio::ssl::context> tls;  // If an endpoint needs it: it takes long to make.
    std::atomic<std::size_t> preferred{0};
    std::mutex mutex;  // Guards idle.
    std::vector<std::unique_ptr<Connection>> idle;

    template <class TryOne>
    Outcome<HttpResponse> try_all(std::chrono::milliseconds attempt,
                                  Clock::time_point deadline,
                                  bool asks_all,
                                  const TryOne& try_one);

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

    Outcome<HttpResponse> stream_from(std::size_t index,
                                      const HttpRequest& request,
                                      Clock::time_point deadline,
                                      std::chrono::milliseconds quiet,
                                      const OnData& on_data);

    Outcome<HttpResponse> send_to(std::size_t index,
                                  const HttpRequest& request,
                                  Clock::time_point deadline) {
        const Endpoint& endpoint = endpoints[index];
        const auto message = make_message(request, endpoint, token);
        error_code error;
        // A kept connection may have been closed meanwhile: then once more on a new one.
        for (int attempt = 0; attempt < 2; ++attempt) {
            auto connection = attempt == 0 ? borrow(index) : std::make_unique<Connection>(index);
            const bool kept = connection->connected;
            if (!kept) {
                error = connect(*connection, endpoint, tls, deadline);
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

// The connection is its own, and ends with the answer.
Outcome<HttpResponse> Http::Impl::stream_from(std::size_t index,
                                              const HttpRequest& request,
                                              Clock::time_point deadline,
                                              std::chrono::milliseconds quiet,
                                              const OnData& on_data) {
    const Endpoint& endpoint = endpoints[index];
    const auto message = make_message(request, endpoint, token);
    Connection connection(index);
    error_code error = connect(connection, endpoint, tls, deadline);
    if (error) return unreachable(endpoint, error);
    TailParser parser;
    parser.header_limit(limits::http_header_bytes);
    parser.body_limit(boost::none);
    connection.stream.expires_at(deadline);
    error = connection.secure ? open_tail_over(*connection.secure, connection, message, parser)
                              : open_tail_over(connection.stream, connection, message, parser);
    if (error) return unreachable(endpoint, error);
    HttpResponse response = take_head(parser.get(), endpoint);
    const OnData keep = [&response](std::string_view bytes) {
        constexpr std::size_t problem_bytes_max = 64 * 1024;
        response.body += bytes;
        return response.body.size() < problem_bytes_max;
    };
    const OnData& sink = response.status == 200 ? on_data : keep;
    error = connection.secure ? read_tail_over(*connection.secure, connection, parser, quiet, sink)
                              : read_tail_over(connection.stream, connection, parser, quiet, sink);
    if (error) return unreachable(endpoint, error);
    return response;
}

Http::Http(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Http::~Http() = default;

Outcome<std::unique_ptr<Http>> Http::make(const std::vector<std::string>& urls,
                                          const HttpAccess& access) {
    auto impl = std::make_unique<Impl>();
    if (!access.token.empty()) {
        auto token = load_token(access.token);
        if (!token) return token.error();
        impl->token = std::move(*token);
    }
    for (const std::string& url : urls) {
        auto endpoint = parse_url(url);
        if (!endpoint) {
            return Failure{.kind = FailureKind::usage,
                           .code = "invalid-url",
                           .what = "cannot use the address \"" + url + "\"",
                           .why = "it is not of the form http://host:port or https://host:port",
                           .hint = "Example: http://127.0.0.1:8501"};
        }
        if (!impl->token.empty() && !endpoint->is_secure && !endpoint->is_loopback()) {
            return Failure{.kind = FailureKind::usage,
                           .code = "token-in-the-clear",
                           .what = "the token is not sent to " + url,
                           .why = "whoever is on the way could read it",
                           .hint = "Use the node's https:// address."};
        }
        impl->endpoints.push_back(std::move(*endpoint));
    }
    const bool is_secure = std::ranges::any_of(impl->endpoints, &Endpoint::is_secure);
    if (is_secure || !access.ca.empty()) {
        impl->tls.emplace(asio::ssl::context::tls_client);
        auto trusted = trust_certificates(*impl->tls, access.ca);
        if (!trusted) return trusted.error();
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

// try_one(index, until)
template <class TryOne>
Outcome<HttpResponse> Http::Impl::try_all(std::chrono::milliseconds attempt,
                                          Clock::time_point deadline,
                                          bool asks_all,
                                          const TryOne& try_one) {
    const std::size_t count = endpoints.size();
    const std::size_t first = preferred.load();
    std::optional<Outcome<HttpResponse>> last, unknown;
    for (std::size_t i = 0; i < count; ++i) {
        const auto now = Clock::now();
        if (last && now >= deadline) break;
        const std::size_t index = (first + i) % count;
        last = try_one(index, std::min(deadline, now + attempt));
        if (!*last) continue;
        const unsigned status = (*last)->status;
        if (status == 429 || status == 503) continue;
        if (asks_all && status == 404) {
            unknown = std::move(*last);
            continue;
        }
        preferred.store(index);
        return std::move(*last);
    }
    return std::move(unknown ? *unknown : *last);
}

Outcome<HttpResponse> Http::send(const HttpRequest& request,
                                 std::chrono::milliseconds attempt,
                                 Clock::time_point deadline) {
    return impl_->try_all(attempt, deadline, request.asks_all,
                          [&](std::size_t index, Clock::time_point until) {
                              return impl_->send_to(index, request, until);
                          });
}

Outcome<HttpResponse> Http::stream(const HttpRequest& request,
                                   std::chrono::milliseconds attempt,
                                   std::chrono::milliseconds quiet,
                                   const OnData& on_data) {
    // Once something was heard, the next node is for the next call: this one's events are taken.
    bool is_heard = false;
    const OnData heard = [&](std::string_view bytes) {
        is_heard = true;
        return on_data(bytes);
    };
    const auto deadline = Clock::now() + attempt * static_cast<int>(impl_->endpoints.size());
    return impl_->try_all(attempt, deadline, false,
                          [&](std::size_t index, Clock::time_point until) {
                              if (is_heard) return Outcome<HttpResponse>(stream_over());
                              auto answer = impl_->stream_from(index, request, until, quiet, heard);
                              if (!answer && is_heard)
                                  impl_->preferred.store((index + 1) % impl_->endpoints.size());
                              return answer;
                          });
}

}  // namespace consentree::client
