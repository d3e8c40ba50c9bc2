// The HTTP server: sockets, deadlines and limits. Owns one thread for sockets and a small pool
// that checks and reads; a query never runs on the thread that votes. Beyond loopback it listens
// only with TLS and with callers that it knows.
#pragma once

#include "ledger/watch/settings.h"
#include "node/api_callers.h"
#include "node/facade.h"
#include "node/metrics.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace consentree::node {

struct ApiConfig {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;                          // 0: any free port; see port().
    std::size_t threads = 2;                         // Of the pool.
    std::filesystem::path certificate, private_key;  // PEM. Empty: plain HTTP.
    std::vector<ApiCaller> callers;                  // Empty: whoever connects may call.

    // How long a peer may take for each phase. Beyond: 408, or the connection is closed.
    std::chrono::milliseconds header_time{5'000};
    std::chrono::milliseconds body_time{10'000};
    std::chrono::milliseconds write_time{10'000};
    std::chrono::milliseconds idle_time{60'000};
    std::size_t sessions;  // Beyond: 503.
    // Of them in the handshake or without a known token. Beyond: closed.
    std::size_t strangers = 128;
    std::size_t streams = 64;                     // Of events, at once. Beyond: 503.
    std::chrono::milliseconds heartbeat{15'000};  // Of a stream that has nothing else to say.
    ledger::watch::Settings watch;

    ApiConfig();
};

class ApiServer {
public:
    // Facade and Metrics must outlive the server.
    ApiServer(Facade& facade, Metrics& metrics, ApiConfig config);
    ~ApiServer();
    ApiServer(const ApiServer&) = delete;
    ApiServer& operator=(const ApiServer&) = delete;

    // "api-not-loopback" for an address that strangers can reach without TLS or callers;
    // "api-tls", "api-listen-failed".
    Checked<void> start();
    // Ends all connections and waits for the threads. Safe to call again.
    void stop();
    std::uint16_t port() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace consentree::node
