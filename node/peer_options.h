// The times and bounds of peer sessions. Tests shorten them; nodes run with these.
#pragma once

#include "common/limits.h"

#include <chrono>

namespace consentree::node {

struct PeerOptions {
    std::chrono::milliseconds handshake{5000};    // Connect, TLS and hello together.
    std::chrono::milliseconds ping{2000};         // Sent when nothing else was for so long.
    std::chrono::milliseconds idle{10'000};       // Nothing received: closed.
    std::chrono::milliseconds stall{10'000};      // One write of 256 KiB not taken: closed.
    std::chrono::milliseconds back_off_min{100};  // Between dials, doubled and jittered.
    std::chrono::milliseconds back_off_max{2000};
    std::size_t queue_bytes = limits::peer_queue_bytes;
};

}  // namespace consentree::node
