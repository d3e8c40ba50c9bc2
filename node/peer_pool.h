// The sessions with the other validators: one each, TLS 1.3, mutually authenticated by the
// registered identity keys. Owned by Node; lives on the loop. Validator i dials j when i < j and
// dials again, with back-off, until stop(). Never interprets a frame beyond hello and ping.
#pragma once

#include "common/error.h"
#include "common/keys.h"
#include "common/types.h"
#include "ledger/genesis.h"
#include "node/frame.h"
#include "node/peer_options.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace consentree::node {

struct PeerInfo {
    ValidatorIndex peer = 0;
    std::string institution;
    bool connected = false;
    std::int64_t since_ms = 0;      // Wall time of the last change of connected; 0 never.
    std::int64_t last_seen_ms = 0;  // Wall time of its last bytes; 0 never.
    Height hello_height = 0;        // As its last hello said.
    std::uint64_t bytes_in = 0;     // On the wire, of all its sessions since start.
    std::uint64_t bytes_out = 0;
    std::size_t queued_bytes = 0;
    std::uint64_t sessions = 0;  // Established since start.
};

class PeerPool {
public:
    struct Handlers {  // Called on the loop; never from inside send(), broadcast() or stop().
        std::function<void(ValidatorIndex from, FrameType type, Bytes body)> on_frame;
        // After the handshake; send from here what the peer must know.
        std::function<void(ValidatorIndex peer)> on_up;
        std::function<void(ValidatorIndex peer)> on_down;
    };
    struct Address {
        std::string host;
        std::uint16_t port = 0;
    };

    // genesis and loop must outlive the pool. peers is indexed by validator; an empty address is
    // never dialled (self, or a peer that dials us).
    PeerPool(boost::asio::io_context& loop,
             const ledger::Genesis& genesis,
             ValidatorIndex self,
             const SecretKey& identity,
             std::vector<std::optional<Address>> peers,
             Handlers handlers,
             PeerOptions options = {});
    ~PeerPool();  // As stop().
    PeerPool(const PeerPool&) = delete;
    PeerPool& operator=(const PeerPool&) = delete;

    // Before start(). Port 0 picks one, which port() tells.
    Checked<void> listen(const Address& address);
    std::uint16_t port() const;

    void start();
    // Closes everything; no handler is called after it.
    void stop();

    // The height that the next hello tells.
    void set_height(Height height);

    // False: not connected. A frame that does not fit its queue closes the session (false too).
    bool send(ValidatorIndex to, SharedFrame frame);
    void broadcast(SharedFrame frame);
    // Ends a session, e.g. of a peer that broke a rule; it may connect again.
    void drop(ValidatorIndex peer, std::string_view reason);

    bool is_connected(ValidatorIndex peer) const;
    std::vector<PeerInfo> info() const;  // The other validators, in index order.

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace consentree::node
