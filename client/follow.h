// Follows a node's event stream across broken connections, from cursor to cursor, and proves the
// entries that it shows. Internal to the client library. One thread.
#pragma once

#include "client/client.h"
#include "client/event_stream.h"
#include "client/http.h"
#include "client/submitter.h"

namespace consentree::client {

class Follower {
public:
    // receipts: null if there is no trust file.
    Follower(Http& http, const Receipts* receipts, std::chrono::milliseconds timeout)
        : http_(http), receipts_(receipts), timeout_(timeout) {}

    Outcome<Done> run(const Follow& follow, const OnEvent& on_event, const OnBreak& on_break);

private:
    enum class Next { more, stop };
    // One connection, to its end. Nothing: the server, or the network, has ended it.
    std::optional<Failure> connect(const Follow& follow, const OnEvent& on_event);
    Next take(const ServerEvent& event, const OnEvent& on_event);
    bool is_in_order(const ServerEvent& event);
    Outcome<FeedEvent> prove(const ServerEvent& event) const;

    Http& http_;
    const Receipts* receipts_;
    std::chrono::milliseconds timeout_;
    std::string cursor_;
    std::optional<Failure> failure_;  // That ends it.
    std::optional<Failure> trouble_;  // That ends this connection.
    bool is_over_ = false;
};

}  // namespace consentree::client
