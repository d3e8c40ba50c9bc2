// Reads a stream of events from a server under test, event by event.
#pragma once

#include "client/event_stream.h"
#include "tests/unit/node/api_fixture.h"

#include <catch2/catch.hpp>

#include <boost/asio/write.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <deque>

namespace consentree::node::test {

namespace http = boost::beast::http;

class EventCaller {
public:
    // headers: whole lines.
    EventCaller(std::uint16_t port, const std::string& query, const std::string& headers = "") {
        socket_.open(boost::asio::ip::tcp::v4());
        // So that a server notices soon that nobody reads.
        socket_.set_option(boost::asio::socket_base::receive_buffer_size(4096));
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
        const std::string request =
            "GET /v1/events" + query + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n";
        boost::asio::write(socket_, boost::asio::buffer(request));
        parser_.body_limit(boost::none);
    }
    unsigned status() {
        if (!parser_.is_header_done()) http::read_header(socket_, buffer_, parser_);
        return parser_.get().result_int();
    }
    std::string header(const std::string& name) {
        status();
        return std::string(parser_.get()[name]);
    }
    // The next event but "start" and heartbeats, or nothing at the end of the stream.
    std::optional<client::ServerEvent> next() {
        for (;;) {
            auto event = any();
            if (!event || (event->name != "start" && event->name != "heartbeat")) return event;
        }
    }
    std::optional<client::ServerEvent> any() {
        status();
        while (events_.empty()) {
            if (parser_.is_done()) return std::nullopt;
            char part[4096];
            parser_.get().body() = {part, sizeof(part), true};
            boost::system::error_code failed;
            http::read_some(socket_, buffer_, parser_, failed);
            if (failed && failed != http::error::need_buffer) return std::nullopt;
            const std::size_t count = sizeof(part) - parser_.get().body().size;
            sse_.feed({part, count}, [this](const client::ServerEvent& event) {
                events_.push_back(event);
                return true;
            });
        }
        client::ServerEvent event = events_.front();
        events_.pop_front();
        return event;
    }
    // "40.0 entry", ...
    std::vector<std::string> names(std::size_t count) {
        std::vector<std::string> names;
        while (names.size() < count) {
            const auto event = next();
            if (!event) break;
            names.push_back(event->id + " " + event->name);
        }
        return names;
    }

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_{context_};
    boost::beast::flat_buffer buffer_;
    http::response_parser<http::buffer_body> parser_;
    client::EventParser sse_;
    std::deque<client::ServerEvent> events_;
};

}  // namespace consentree::node::test
