// A TCP link that misbehaves on purpose: it forwards one listening port to one target and hurts
// each direction as told, from a seed. Lives on its loop; used in-process by tests and by the
// program consentree_fault_proxy. It sees bytes only, never frames or keys.
#pragma once

#include "common/error.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace consentree::test {

enum class Fault {
    none,    // Forwards at once, in pieces of random size.
    delay,   // Each piece waits a random time, up to delay_max.
    chop,    // One byte per segment.
    stall,   // Takes and forwards nothing, so that the sender's window fills.
    reset,   // Resets the connection after a random count of bytes.
    drop,    // Closes it in order after a random count of bytes, in mid-frame.
    random,  // Any of these, piece by piece.
};
std::optional<Fault> parse_fault(std::string_view name);

struct FaultProxyOptions {
    boost::asio::ip::tcp::endpoint listen;
    boost::asio::ip::tcp::endpoint to;
    std::uint64_t seed = 1;
    Fault forward = Fault::none;   // From who connects to the target.
    Fault backward = Fault::none;  // From the target back.
    std::chrono::milliseconds delay_max{50};
    std::size_t bytes_between_ends = 64 * 1024;  // Mean, of reset, drop and random.
};

class FaultProxy {
public:
    FaultProxy(boost::asio::io_context& loop, FaultProxyOptions options);
    ~FaultProxy();  // As stop().
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    // Listens and begins. Port 0 picks one.
    Result<void> start();
    void stop();
    std::uint16_t port() const;

    // For open connections and new ones, from now on.
    void set_faults(Fault forward, Fault backward);
    // Resets every open connection.
    void cut();
    std::uint64_t connections() const;
    std::uint64_t bytes() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace consentree::test
