// `consentree bench --profile index`: what the log, its tiles and the index cost for each event,
// without network, consensus or signatures. One process, one thread that executes, a store of its
// own in a temporary folder.
#pragma once

#include "client/outcome.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace consentree::bench {

struct IndexLoad {
    std::uint64_t keys = 1'000'000;    // Present before anything is measured.
    std::uint64_t events = 1'000'000;  // Stored in all; at least half as many as keys.
};

struct IndexFigures {
    struct Mark {
        std::uint64_t events = 0;  // Stored when it was taken,
        double cpu_us = 0;         // and CPU time an event over the last 200,000.
    };
    std::vector<Mark> marks;
    std::uint64_t keys = 0;
    double rebuild_s = 0;      // Of the map, from the rows of an opened store.
    double bytes_per_key = 0;  // Of the map in memory.
};

// Every event touches four keys: a subject and a consent of its own choice, one of 50 actors and
// one of 50 providers. CPU time is that of the process, the store's background work included.
client::Outcome<IndexFigures> measure_index(const std::filesystem::path& folder,
                                            const IndexLoad& load);

}  // namespace consentree::bench
