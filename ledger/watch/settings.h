// The thresholds of the watch rules; [watch] in a node's settings. docs/alerts.md explains each.
#pragma once

#include <cstddef>
#include <cstdint>

namespace consentree::ledger::watch {

struct Settings {
    bool enabled = true;
    std::uint32_t near_cap_percent = 80;      // Of a consent's count.
    std::uint32_t confirm_hours = 24;         // For the other half of a delivery.
    std::uint32_t deletion_hours = 24;        // After the end of retention.
    std::uint32_t volume_history_hours = 48;  // Known of an institution before it is judged.
    std::uint32_t volume_floor = 20;          // Fewer accesses in an hour are never unusual.
    std::uint32_t volume_spreads = 4;         // Above the mean.
    std::uint32_t open_days = 7;              // How long what has happened counts as open.
    std::uint64_t read_back = 250'000;        // Leaves that a node reads again when it starts.
    // Obligations that are remembered; beyond, the oldest are forgotten.
    std::size_t obligations_max = 100'000;
    std::size_t alerts_max = 10'000;  // The newest are kept.
};

}  // namespace consentree::ledger::watch
