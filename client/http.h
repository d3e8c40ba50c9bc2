// Talks HTTP/1.1 to the nodes of one network: kept-alive connections, fail-over from URL to URL,
// and bounds on time, header and body that hold whatever the server sends. Internal to the client
// library. Safe to use from several threads: each request has a connection to itself.
#pragma once

#include "client/outcome.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::client {

struct HttpRequest {
    std::string method = "GET";
    std::string target{};  // "/v1/status"
    std::string body{};
    std::string content_type{};
    std::string prefer{};  // Value of the Prefer header, or empty.
    std::string accept = "application/json";
    std::size_t body_limit = 8 * 1024 * 1024;  // Of the answer. Beyond: the answer is refused.
    bool asks_all = false;  // What one node has not heard of, another may know: 404 is not the end.
};

struct HttpResponse {
    unsigned status = 0;
    std::string content_type;
    std::string body;
    unsigned retry_after_s = 0;
    std::string url;  // Who answered.
};

// What the nodes' operators gave this caller, as paths. Only for nodes that ask for it.
struct HttpAccess {
    std::string ca{};     // The certificates that https is believed with, PEM; empty: the system's.
    std::string token{};  // A bearer token, sent over https or to loopback only.
};

class Http {
public:
    using Clock = std::chrono::steady_clock;

    // Refuses URLs that are not http://host[:port] or https://host[:port].
    static Outcome<std::unique_ptr<Http>> make(const std::vector<std::string>& urls,
                                               const HttpAccess& access = {});
    ~Http();

    // Tries the URLs, the last one that answered first, until one answers with anything but 429
    // or 503, or 404 if all are asked. attempt bounds each try, deadline all of them. Every request
    // of this API is safe to repeat: transactions are recognised by their content.
    Outcome<HttpResponse> send(const HttpRequest& request,
                               std::chrono::milliseconds attempt,
                               Clock::time_point deadline);

    // An answer that goes on: on_data gets what arrives until it says false, the server ends the
    // answer, or nothing has come for that long. Of another answer than 200 the body is in the
    // response.
    using OnData = std::function<bool(std::string_view)>;
    Outcome<HttpResponse> stream(const HttpRequest& request,
                                 std::chrono::milliseconds attempt,
                                 std::chrono::milliseconds quiet,
                                 const OnData& on_data);

private:
    struct Impl;
    explicit Http(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace consentree::client
