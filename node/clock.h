// The only clocks of the node. Everything below node/ is told the time.
#pragma once

#include "common/types.h"

#include <chrono>

namespace consentree::node {

inline TimeUs monotonic_us() {
    return static_cast<TimeUs>(std::chrono::duration_cast<std::chrono::microseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}
inline double seconds_since(TimeUs monotonic_begun) {
    return static_cast<double>(monotonic_us() - monotonic_begun) / 1e6;
}
inline TimeUs wall_us() {
    return static_cast<TimeUs>(std::chrono::duration_cast<std::chrono::microseconds>(
                                   std::chrono::system_clock::now().time_since_epoch())
                                   .count());
}
inline TimeMs wall_ms() {
    return static_cast<TimeMs>(wall_us() / 1000);
}

}  // namespace consentree::node
