#include "node/api_server.h"

#include "common/limits.h"
#include "node/api_session.h"
#include "node/log.h"
#include "node/threads.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <thread>

namespace consentree::node {

using asio::ip::tcp;

ApiConfig::ApiConfig() : sessions(limits::http_sessions) {}

struct ApiServer::Impl {
    Impl(Facade& facade, Metrics& metrics, ApiConfig settings)
        : config(std::move(settings)),
          service(
              facade, metrics, {config.threads, config.streams, config.heartbeat, config.watch}),
          acceptor(*service.context) {}

    Awaitable<void> accept_all();
    void open_session(tcp::socket socket);
    Awaitable<void> run_session(std::shared_ptr<ApiSession> session);
    void end_all();

    ApiConfig config;
    ApiService service;
    ApiTls tls;  // Nothing: plain HTTP.
    tcp::acceptor acceptor;
    std::set<std::shared_ptr<ApiSession>> sessions;
    std::thread thread;
};

namespace {

// An answer without a session: a peer beyond the limit gets no more of the node than this.
constexpr std::string_view full_answer =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
    "Content-Type: application/problem+json\r\nContent-Length: 119\r\n\r\n"
    "{\"type\":\"/problems/sessions-full\",\"title\":\"The node has as many connections as it "
    "takes\",\"status\":503,\"code\":\"CT-1405\"}";

// What a listener that others than this machine reach lacks.
std::string missing(const ApiConfig& config) {
    std::string what;
    if (config.certificate.empty()) what = "TLS (api.certificate and api.private_key)";
    if (!config.callers.empty()) return what;
    if (!what.empty()) what += " and ";
    return what + "the tokens of its callers (api.callers)";
}

Checked<tcp::endpoint> endpoint_of(const ApiConfig& config) {
    boost::system::error_code failed;
    const std::string host = config.host == "localhost" ? "127.0.0.1" : config.host;
    const auto address = asio::ip::make_address(host, failed);
    if (failed) {
        return Refusal{"api-listen-failed",
                       "the API cannot listen on \"" + config.host + "\": not an IP address", "",
                       "Set [api] listen to an address of this machine, such as 127.0.0.1:PORT."};
    }
    const std::string lacks = missing(config);
    if (lacks.empty() || address.is_loopback()) return tcp::endpoint(address, config.port);
    return Refusal{"api-not-loopback",
                   "the API does not listen on " + config.host +
                       ", which other machines may reach, without " + lacks,
                   "",
                   "Configure what is missing as docs/operations.md, \"The API beyond loopback\", "
                   "says, or set [api] listen to 127.0.0.1:PORT or [::1]:PORT."};
}

}  // namespace

void ApiServer::Impl::open_session(tcp::socket socket) {
    const auto strangers = std::count_if(sessions.begin(), sessions.end(), [](const auto& session) {
        return !session->is_admitted();
    });
    if (static_cast<std::size_t>(strangers) >= config.strangers) return;
    if (sessions.size() >= config.sessions) {
        if (tls != nullptr) return;
        boost::system::error_code ignored;
        socket.non_blocking(true, ignored);
        socket.send(asio::buffer(full_answer), 0, ignored);
        return;
    }
    auto session = std::make_shared<ApiSession>(service, config, tls, std::move(socket));
    sessions.insert(session);
    service.metrics.http_sessions.Set(static_cast<double>(sessions.size()));
    spawn(service.context->get_executor(), "api session", run_session(std::move(session)));
}

Awaitable<void> ApiServer::Impl::run_session(std::shared_ptr<ApiSession> session) {
    co_await session->run();
    sessions.erase(session);
    service.metrics.http_sessions.Set(static_cast<double>(sessions.size()));
}

Awaitable<void> ApiServer::Impl::accept_all() {
    while (acceptor.is_open()) {
        auto [error, socket] = co_await acceptor.async_accept(use_result);
        if (!error) {
            open_session(std::move(socket));
        } else if (acceptor.is_open()) {
            // Out of descriptors, most likely: sessions will end and free some.
            log::warn("API cannot accept a connection", {{"reason", error.message()}});
            co_await sleep_for(std::chrono::milliseconds(100));
        }
    }
}

void ApiServer::Impl::end_all() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    service.end_waits();
    for (const auto& session : sessions) session->close();
}

ApiServer::ApiServer(Facade& facade, Metrics& metrics, ApiConfig config)
    : impl_(std::make_unique<Impl>(facade, metrics, std::move(config))) {}

ApiServer::~ApiServer() {
    stop();
}

Checked<void> ApiServer::start() {
    const auto endpoint = endpoint_of(impl_->config);
    if (!endpoint) return endpoint.error();
    if (!impl_->config.certificate.empty()) {
        auto tls = load_api_tls(impl_->config.certificate, impl_->config.private_key);
        if (!tls) return tls.error();
        impl_->tls = std::move(*tls);
    }
    boost::system::error_code failed;
    tcp::acceptor& acceptor = impl_->acceptor;
    acceptor.open(endpoint->protocol(), failed);
    if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor.bind(*endpoint, failed);
    if (!failed) acceptor.listen(tcp::acceptor::max_listen_connections, failed);
    if (failed) {
        return Refusal{"api-listen-failed",
                       "the API cannot listen on " + impl_->config.host + ":" +
                           std::to_string(impl_->config.port) + ": " + failed.message(),
                       "", "Choose another port in [api] listen, or stop what uses this one."};
    }
    spawn(impl_->service.context->get_executor(), "api acceptor", impl_->accept_all());
    spawn(impl_->service.context->get_executor(), "feed", impl_->service.feed.run());
    impl_->thread = std::thread([impl = impl_.get()] {
        name_this_thread("api");
        impl->service.context->run();
    });
    return {};
}

void ApiServer::stop() {
    if (!impl_->thread.joinable()) return;
    asio::post(*impl_->service.context, [impl = impl_.get()] { impl->end_all(); });
    impl_->thread.join();
    impl_->service.work.join();
    impl_->service.feed.join();
}

std::uint16_t ApiServer::port() const {
    boost::system::error_code failed;
    const auto endpoint = impl_->acceptor.local_endpoint(failed);
    return failed ? 0 : endpoint.port();
}

}  // namespace consentree::node
