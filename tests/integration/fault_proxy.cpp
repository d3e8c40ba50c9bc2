#include "tests/integration/fault_proxy.h"

#include "node/async.h"

#include <array>
#include <boost/asio/write.hpp>
#include <list>
#include <random>
#include <vector>

namespace consentree::test {
namespace {

using boost::asio::ip::tcp;
using node::Awaitable;
using node::use_result;

constexpr std::size_t piece_bytes_max = 16 * 1024;
constexpr std::array<std::string_view, 7> fault_names{"none",  "delay", "chop",  "stall",
                                                      "reset", "drop",  "random"};

struct Connection {
    explicit Connection(tcp::socket accepted)
        : client(std::move(accepted)), target(client.get_executor()) {}

    tcp::socket& from(bool is_forward) { return is_forward ? client : target; }
    tcp::socket& to(bool is_forward) { return is_forward ? target : client; }
    void close(bool by_reset) {
        boost::system::error_code ignored;
        for (tcp::socket* socket : {&client, &target}) {
            if (by_reset) socket->set_option(tcp::socket::linger(true, 0), ignored);
            socket->close(ignored);
        }
    }

    tcp::socket client, target;
};

}  // namespace

class FaultProxy::Impl : public std::enable_shared_from_this<FaultProxy::Impl> {
public:
    Impl(boost::asio::io_context& loop, FaultProxyOptions options)
        : options_(options), acceptor_(loop), loop_(loop), random_(options.seed) {}

    Result<void> start() {
        boost::system::error_code error;
        acceptor_.open(options_.listen.protocol(), error);
        if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor_.bind(options_.listen, error);
        if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
        if (error) return Errc::unreachable;
        node::spawn(loop_.get_executor(), "proxy acceptor", accept_loop(shared_from_this()));
        return {};
    }
    void stop() {
        stopped_ = true;
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        cut();
    }
    void cut() {
        for (const auto& connection : open_) connection->close(true);
        open_.clear();
        wake_stalled();
    }
    void set_faults(Fault forward, Fault backward) {
        options_.forward = forward;
        options_.backward = backward;
        wake_stalled();
    }
    std::uint16_t port() const {
        boost::system::error_code ignored;
        return acceptor_.local_endpoint(ignored).port();
    }
    std::uint64_t connections() const { return connections_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    using Self = std::shared_ptr<Impl>;
    using ConnectionPtr = std::shared_ptr<Connection>;

    static Awaitable<void> accept_loop(Self self) {
        while (!self->stopped_) {
            auto [error, socket] = co_await self->acceptor_.async_accept(use_result);
            if (error || self->stopped_) co_return;
            auto connection = std::make_shared<Connection>(std::move(socket));
            node::spawn(self->loop_.get_executor(), "proxy connection", open(self, connection));
        }
    }
    static Awaitable<void> open(Self self, ConnectionPtr connection) {
        const auto [error] =
            co_await connection->target.async_connect(self->options_.to, use_result);
        if (error || self->stopped_) {
            connection->close(true);
            co_return;
        }
        ++self->connections_;
        boost::system::error_code ignored;
        connection->client.set_option(tcp::no_delay(true), ignored);
        connection->target.set_option(tcp::no_delay(true), ignored);
        self->open_.push_back(connection);
        node::spawn(self->loop_.get_executor(), "proxy forward", pump(self, connection, true));
        node::spawn(self->loop_.get_executor(), "proxy backward", pump(self, connection, false));
    }
    // One direction of one connection.
    static Awaitable<void> pump(Self self, ConnectionPtr connection, bool is_forward) {
        std::vector<char> buffer(piece_bytes_max);
        while (connection->client.is_open()) {
            const Fault fault = self->pick(is_forward);
            if (fault == Fault::stall) {
                co_await self->wait_stalled(is_forward);
                continue;
            }
            const std::size_t piece = 1 + self->below(piece_bytes_max);
            const auto [error, count] =
                co_await connection->from(is_forward)
                    .async_read_some(boost::asio::buffer(buffer.data(), piece), use_result);
            if (error) break;
            const bool goes_on =
                co_await self->forward(connection, is_forward, fault, {buffer.data(), count});
            if (!goes_on) break;
        }
        connection->close(false);
        self->open_.remove(connection);
    }
    Awaitable<bool> forward(ConnectionPtr connection,
                            bool is_forward,
                            Fault fault,
                            std::string_view bytes) {
        if (fault == Fault::delay) {
            boost::asio::steady_timer delay(loop_, random_delay());
            co_await delay.async_wait(use_result);
        }
        const bool can_end = fault == Fault::reset || fault == Fault::drop;
        // A piece of k bytes ends the connection with probability k / bytes_between_ends.
        const bool ends = can_end && below(options_.bytes_between_ends) < bytes.size();
        if (ends) bytes = bytes.substr(0, below(bytes.size()));
        const std::size_t segment_bytes = fault == Fault::chop ? 1 : bytes.size();
        while (!bytes.empty()) {
            const auto [error, count] = co_await boost::asio::async_write(
                connection->to(is_forward),
                boost::asio::buffer(bytes.data(), std::min(segment_bytes, bytes.size())),
                use_result);
            if (error) co_return false;
            bytes_ += count;
            bytes.remove_prefix(count);
        }
        if (ends) connection->close(fault == Fault::reset);
        co_return !ends;
    }

    Fault pick(bool is_forward) {
        const Fault fault = is_forward ? options_.forward : options_.backward;
        if (fault != Fault::random) return fault;
        const std::uint64_t roll = below(100);
        if (roll < 60) return Fault::none;
        if (roll < 75) return Fault::delay;
        if (roll < 85) return Fault::chop;
        return roll < 93 ? Fault::reset : Fault::drop;
    }
    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : random_() % bound; }
    std::chrono::milliseconds random_delay() {
        return std::chrono::milliseconds(
            below(static_cast<std::uint64_t>(options_.delay_max.count()) + 1));
    }
    Awaitable<void> wait_stalled(bool is_forward) {
        auto timer = std::make_shared<boost::asio::steady_timer>(
            loop_, boost::asio::steady_timer::time_point::max());
        stalled_.push_back(timer);
        const bool is_stalled = (is_forward ? options_.forward : options_.backward) == Fault::stall;
        if (is_stalled && !stopped_) co_await timer->async_wait(use_result);
        stalled_.remove(timer);
    }
    void wake_stalled() {
        for (const auto& timer : stalled_) timer->cancel();
    }

    FaultProxyOptions options_;
    tcp::acceptor acceptor_;
    boost::asio::io_context& loop_;
    std::mt19937_64 random_;
    std::list<ConnectionPtr> open_;
    std::list<std::shared_ptr<boost::asio::steady_timer>> stalled_;
    std::uint64_t connections_ = 0, bytes_ = 0;
    bool stopped_ = false;
};

std::optional<Fault> parse_fault(std::string_view name) {
    for (std::size_t i = 0; i < fault_names.size(); ++i) {
        if (fault_names[i] == name) return static_cast<Fault>(i);
    }
    return std::nullopt;
}

FaultProxy::FaultProxy(boost::asio::io_context& loop, FaultProxyOptions options)
    : impl_(std::make_shared<Impl>(loop, options)) {}
FaultProxy::~FaultProxy() {
    impl_->stop();
}
Result<void> FaultProxy::start() {
    return impl_->start();
}
void FaultProxy::stop() {
    impl_->stop();
}
std::uint16_t FaultProxy::port() const {
    return impl_->port();
}
void FaultProxy::set_faults(Fault forward, Fault backward) {
    impl_->set_faults(forward, backward);
}
void FaultProxy::cut() {
    impl_->cut();
}
std::uint64_t FaultProxy::connections() const {
    return impl_->connections();
}
std::uint64_t FaultProxy::bytes() const {
    return impl_->bytes();
}

}  // namespace consentree::test
