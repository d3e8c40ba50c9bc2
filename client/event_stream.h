// Server-sent events (the WHATWG's text/event-stream) out of the bytes of an answer, whatever the
// server sends: bounded, and never fails but by being too large. Pure; one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace consentree::client {

struct ServerEvent {
    std::string id, name, data;
};

class EventParser {
public:
    static constexpr std::size_t event_bytes_max = 256 * 1024;
    using Visit = std::function<bool(const ServerEvent&)>;

    // Visits the events that have become whole. False: one is too large, or visit said false;
    // nothing more is to be fed.
    bool feed(std::string_view bytes, const Visit& visit);

private:
    bool take_line(const Visit& visit);

    std::string line_;
    ServerEvent event_;
    bool has_data_ = false, was_return_ = false, is_begun_ = false;
};

}  // namespace consentree::client
