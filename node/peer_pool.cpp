#include "node/peer_pool.h"

#include "common/assert.h"
#include "node/log.h"
#include "node/peer_session.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <list>
#include <map>
#include <random>

namespace consentree::node {
namespace {

using asio::ip::tcp;
using SessionPtr = std::shared_ptr<PeerSession>;

std::int64_t wall_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string to_text(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    const std::string port = std::to_string(endpoint.port());
    return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

std::string to_text(const PeerPool::Address& address) {
    return address.host + ":" + std::to_string(address.port);
}

}  // namespace

class PeerPool::Impl : public std::enable_shared_from_this<PeerPool::Impl> {
public:
    Impl(asio::io_context& loop,
         const ledger::Genesis& genesis,
         ValidatorIndex self,
         const SecretKey& identity,
         std::vector<std::optional<Address>> addresses,
         Handlers handlers,
         PeerOptions options);

    Checked<void> listen(const Address& address);
    std::uint16_t port() const;
    void start();
    void stop();
    bool send(ValidatorIndex to, SharedFrame frame);
    void drop(ValidatorIndex peer, std::string_view reason);
    PeerInfo info(ValidatorIndex peer) const;

    std::size_t count() const { return peers_.size(); }
    ValidatorIndex self() const { return self_; }
    void set_height(Height height) { hello_.height = height; }
    bool is_connected(ValidatorIndex peer) const {
        const auto& session = peers_.at(peer).session;
        return session && !session->is_closed();
    }

private:
    struct Peer {
        std::string institution;
        PublicKey identity;
        std::optional<Address> address;
        PeerInfo totals;
        SessionPtr session;        // Established; nothing while down.
        SessionPtr dialing;        // Not established yet.
        std::string last_failure;  // Of dialling it, so that each reason is told once.
        std::unique_ptr<tcp::resolver> resolver;
        std::unique_ptr<asio::steady_timer> pause;
    };
    using Self = std::shared_ptr<Impl>;

    static Awaitable<void> accept_loop(Self self);
    static Awaitable<void> admit(Self self, SessionPtr session, tcp::endpoint from);
    static Awaitable<void> dial_loop(Self self, ValidatorIndex to);
    Awaitable<void> dial(Peer& peer, ValidatorIndex to);
    Awaitable<void> serve(ValidatorIndex index, SessionPtr session, Hello hello);
    void add_pending(const SessionPtr& session);
    bool agrees(PeerSession& session, const Hello& theirs, ValidatorIndex expected);
    std::optional<ValidatorIndex> index_of(const PublicKey& identity) const;
    void go_up(ValidatorIndex index, const SessionPtr& session, const Hello& hello);
    void go_down(ValidatorIndex index);
    void report_failure(Peer& peer, const std::string& reason);
    std::chrono::milliseconds jittered(std::chrono::milliseconds time);

    asio::io_context& loop_;
    const ValidatorIndex self_;
    const TlsContext tls_;
    const Handlers handlers_;
    const PeerOptions options_;
    Hello hello_;
    std::vector<Peer> peers_;
    std::map<PublicKey, ValidatorIndex> by_identity_;
    tcp::acceptor acceptor_;
    std::list<SessionPtr> pending_;  // Accepted and not established yet, oldest first.
    std::minstd_rand random_;        // Of back-off times only.
    bool stopped_ = false;
};

PeerPool::Impl::Impl(asio::io_context& loop,
                     const ledger::Genesis& genesis,
                     ValidatorIndex self,
                     const SecretKey& identity,
                     std::vector<std::optional<Address>> addresses,
                     Handlers handlers,
                     PeerOptions options)
    : loop_(loop),
      self_(self),
      tls_(identity),
      handlers_(std::move(handlers)),
      options_(options),
      hello_(make_hello(genesis, self)),
      acceptor_(loop),
      random_(std::random_device()()) {
    CT_ASSERT(self < genesis.validators.size());
    CT_ASSERT(addresses.size() <= genesis.validators.size());
    addresses.resize(genesis.validators.size());
    peers_.resize(genesis.validators.size());
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const auto index = static_cast<ValidatorIndex>(i);
        Peer& peer = peers_[i];
        peer.institution = genesis.validators[i].institution;
        peer.identity = genesis.validators[i].identity;
        peer.address = std::move(addresses[i]);
        peer.totals.peer = index;
        peer.totals.institution = peer.institution;
        peer.resolver = std::make_unique<tcp::resolver>(loop);
        peer.pause = std::make_unique<asio::steady_timer>(loop);
        if (index != self) by_identity_.emplace(peer.identity, index);
    }
}

Checked<void> PeerPool::Impl::listen(const Address& address) {
    boost::system::error_code error;
    const auto found = tcp::resolver(loop_).resolve(address.host, std::to_string(address.port),
                                                    tcp::resolver::passive, error);
    if (!error && !found.empty()) {
        const tcp::endpoint endpoint = found.begin()->endpoint();
        acceptor_.open(endpoint.protocol(), error);
        if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor_.bind(endpoint, error);
        if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
        if (!error) return {};
    }
    return Refusal{"cannot-listen",
                   "cannot listen for peers on " + to_text(address) + ": " + error.message(),
                   "/peer/listen", "check that the address is this machine's and the port free"};
}

std::uint16_t PeerPool::Impl::port() const {
    boost::system::error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
}

void PeerPool::Impl::start() {
    const Self self = shared_from_this();
    if (acceptor_.is_open()) spawn(loop_.get_executor(), "peer acceptor", accept_loop(self));
    for (std::size_t i = std::size_t{self_} + 1; i < peers_.size(); ++i) {
        const auto to = static_cast<ValidatorIndex>(i);
        if (peers_[i].address) spawn(loop_.get_executor(), "peer dialer", dial_loop(self, to));
    }
}

void PeerPool::Impl::stop() {
    if (std::exchange(stopped_, true)) return;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (const SessionPtr& session : pending_) session->close("this node stops");
    for (Peer& peer : peers_) {
        peer.resolver->cancel();
        peer.pause->cancel();
        if (peer.dialing) peer.dialing->close("this node stops");
        if (peer.session) peer.session->close("this node stops");
    }
}

bool PeerPool::Impl::send(ValidatorIndex to, SharedFrame frame) {
    const auto& session = peers_.at(to).session;
    return session && session->send(std::move(frame));
}

void PeerPool::Impl::drop(ValidatorIndex peer, std::string_view reason) {
    if (const auto& session = peers_.at(peer).session) session->close(reason);
}

PeerInfo PeerPool::Impl::info(ValidatorIndex index) const {
    const Peer& peer = peers_.at(index);
    PeerInfo info = peer.totals;
    info.connected = is_connected(index);
    if (peer.session) {
        info.bytes_in += peer.session->bytes_in();
        info.bytes_out += peer.session->bytes_out();
        info.queued_bytes = peer.session->queued_bytes();
        info.last_seen_ms = std::max(info.last_seen_ms, peer.session->last_seen_ms());
    }
    return info;
}

Awaitable<void> PeerPool::Impl::accept_loop(Self self) {
    while (!self->stopped_) {
        auto [error, socket] = co_await self->acceptor_.async_accept(use_result);
        if (self->stopped_) break;
        if (error) {
            // Out of descriptors, most likely: what is open goes on, new ones wait.
            log::warn("cannot accept peers now", {{"reason", error.message()}});
            co_await sleep_for(self->options_.back_off_min);
            continue;
        }
        boost::system::error_code ignored;
        const tcp::endpoint from = socket.remote_endpoint(ignored);
        auto accepts = [weak = std::weak_ptr<Impl>(self)](const PublicKey& identity) {
            const Self pool = weak.lock();
            return pool && pool->by_identity_.contains(identity);
        };
        auto session =
            std::make_shared<PeerSession>(std::move(socket), self->tls_, TlsChannel::Side::acceptor,
                                          std::move(accepts), self->options_);
        self->add_pending(session);
        spawn(self->loop_.get_executor(), "peer session", admit(self, session, from));
    }
}

// Strangers can hold places, each until its deadline; a newcomer takes the oldest one's, so
// that a validator, which needs its place for milliseconds, gets in.
void PeerPool::Impl::add_pending(const SessionPtr& session) {
    if (pending_.size() >= limits::peer_handshakes) {
        pending_.front()->close("too many unfinished handshakes");
        pending_.pop_front();
    }
    pending_.push_back(session);
}

Awaitable<void> PeerPool::Impl::admit(Self self, SessionPtr session, tcp::endpoint from) {
    session->start_deadline();
    const auto hello = co_await session->establish(self->hello_);
    self->pending_.remove(session);
    if (self->stopped_) co_return;
    const auto index = self->index_of(session->peer_key());
    if (hello && index && self->agrees(*session, *hello, *index)) {
        if (*index < self->self_) {
            co_await self->serve(*index, session, *hello);
            co_return;
        }
        session->close("the validator with the lower index dials");
    }
    const std::string name = index ? self->peers_[*index].institution : "unknown";
    log::warn("refused a peer connection",
              {{"from", to_text(from)}, {"peer", name}, {"reason", session->reason()}});
}

Awaitable<void> PeerPool::Impl::dial_loop(Self self, ValidatorIndex to) {
    Peer& peer = self->peers_[to];
    auto back_off = self->options_.back_off_min;
    while (!self->stopped_) {
        const auto started_at = PeerSession::Clock::now();
        const auto sessions = peer.totals.sessions;
        co_await self->dial(peer, to);
        if (self->stopped_) break;
        const bool was_up = peer.totals.sessions > sessions;
        const bool lived = PeerSession::Clock::now() - started_at > self->options_.back_off_max;
        if (was_up && lived) back_off = self->options_.back_off_min;
        peer.pause->expires_after(self->jittered(back_off));
        co_await peer.pause->async_wait(use_result);
        back_off = std::min(back_off * 2, self->options_.back_off_max);
    }
}

// One attempt, and the session if it succeeds, to its end.
Awaitable<void> PeerPool::Impl::dial(Peer& peer, ValidatorIndex to) {
    const auto [error, endpoints] = co_await peer.resolver->async_resolve(
        peer.address->host, std::to_string(peer.address->port), use_result);
    if (stopped_) co_return;
    if (error) {
        report_failure(peer, error.message());
        co_return;
    }
    auto accepts = [expected = peer.identity](const PublicKey& identity) {
        return identity == expected;
    };
    const auto session = std::make_shared<PeerSession>(
        tcp::socket(loop_), tls_, TlsChannel::Side::dialer, std::move(accepts), options_);
    peer.dialing = session;
    session->start_deadline();
    const bool connected = co_await session->connect(endpoints);
    Result<Hello> hello = Errc::unreachable;
    if (connected) hello = co_await session->establish(hello_);
    peer.dialing.reset();
    if (stopped_) co_return;
    if (!hello || !agrees(*session, *hello, to)) {
        report_failure(peer, session->reason());
        co_return;
    }
    co_await serve(to, session, *hello);
}

Awaitable<void> PeerPool::Impl::serve(ValidatorIndex index, SessionPtr session, Hello hello) {
    const Self self = shared_from_this();
    Peer& peer = peers_[index];
    if (peer.session) {
        // It would not come anew if it still had the old one.
        peer.session->close("replaced by a newer connection");
        go_down(index);
    }
    go_up(index, session, hello);
    auto deliver = [this, index](Frame frame) {
        if (!stopped_) handlers_.on_frame(index, frame.type, std::move(frame.body));
    };
    co_await session->run(deliver);
    peer.totals.bytes_in += session->bytes_in();
    peer.totals.bytes_out += session->bytes_out();
    if (peer.session == session && !stopped_) go_down(index);
}

void PeerPool::Impl::go_up(ValidatorIndex index, const SessionPtr& session, const Hello& hello) {
    Peer& peer = peers_[index];
    peer.session = session;
    peer.last_failure.clear();
    peer.totals.since_ms = peer.totals.last_seen_ms = wall_ms();
    peer.totals.hello_height = hello.height;
    ++peer.totals.sessions;
    log::info("peer connected", {{"peer", peer.institution}, {"height", hello.height}});
    if (handlers_.on_up) handlers_.on_up(index);
}

void PeerPool::Impl::go_down(ValidatorIndex index) {
    Peer& peer = peers_[index];
    const SessionPtr session = std::exchange(peer.session, nullptr);
    peer.totals.since_ms = wall_ms();
    peer.totals.last_seen_ms = session->last_seen_ms();
    log::warn("peer disconnected", {{"peer", peer.institution}, {"reason", session->reason()}});
    if (handlers_.on_down) handlers_.on_down(index);
}

// One network, one validator set, one protocol; else the session is closed and both are named.
bool PeerPool::Impl::agrees(PeerSession& session, const Hello& theirs, ValidatorIndex expected) {
    const auto mismatch = check_hello(hello_, theirs, expected);
    if (!mismatch) return true;
    session.close("other " + std::string(mismatch->what) + ": ours " + mismatch->ours +
                  ", theirs " + mismatch->theirs);
    return false;
}

std::optional<ValidatorIndex> PeerPool::Impl::index_of(const PublicKey& identity) const {
    const auto found = by_identity_.find(identity);
    if (found == by_identity_.end()) return std::nullopt;
    return found->second;
}

void PeerPool::Impl::report_failure(Peer& peer, const std::string& reason) {
    const bool is_new = peer.last_failure != reason;
    peer.last_failure = reason;
    const log::Level level = is_new ? log::Level::warn : log::Level::debug;
    if (!log::is_enabled(level)) return;
    log::write(
        level, "cannot connect to peer",
        {{"peer", peer.institution}, {"address", to_text(*peer.address)}, {"reason", reason}});
}

// Between half of the time and all of it.
std::chrono::milliseconds PeerPool::Impl::jittered(std::chrono::milliseconds time) {
    std::uniform_int_distribution<std::int64_t> pick(time.count() / 2, time.count());
    return std::chrono::milliseconds(pick(random_));
}

PeerPool::PeerPool(asio::io_context& loop,
                   const ledger::Genesis& genesis,
                   ValidatorIndex self,
                   const SecretKey& identity,
                   std::vector<std::optional<Address>> peers,
                   Handlers handlers,
                   PeerOptions options)
    : impl_(std::make_shared<Impl>(
          loop, genesis, self, identity, std::move(peers), std::move(handlers), options)) {}

PeerPool::~PeerPool() {
    impl_->stop();
}

Checked<void> PeerPool::listen(const Address& address) {
    return impl_->listen(address);
}
std::uint16_t PeerPool::port() const {
    return impl_->port();
}
void PeerPool::start() {
    impl_->start();
}
void PeerPool::stop() {
    impl_->stop();
}
void PeerPool::set_height(Height height) {
    impl_->set_height(height);
}
bool PeerPool::is_connected(ValidatorIndex peer) const {
    return impl_->is_connected(peer);
}

bool PeerPool::send(ValidatorIndex to, SharedFrame frame) {
    return impl_->send(to, std::move(frame));
}

void PeerPool::broadcast(SharedFrame frame) {
    for (std::size_t i = 0; i < impl_->count(); ++i) {
        impl_->send(static_cast<ValidatorIndex>(i), frame);
    }
}

void PeerPool::drop(ValidatorIndex peer, std::string_view reason) {
    impl_->drop(peer, reason);
}

std::vector<PeerInfo> PeerPool::info() const {
    std::vector<PeerInfo> all;
    for (std::size_t i = 0; i < impl_->count(); ++i) {
        const auto index = static_cast<ValidatorIndex>(i);
        if (index != impl_->self()) all.push_back(impl_->info(index));
    }
    return all;
}

}  // namespace consentree::node
