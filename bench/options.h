// The arguments of `consentree bench`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace consentree::bench {

struct Options {
    std::size_t nodes = 4;
    std::string profile = "single";  // single, bulk, latency, check, index
    double seconds = 10;
    double rate = 0;                        // Transactions per second; 0: as many as go.
    double checks = 500;                    // check: questions per second.
    std::size_t events = 0;                 // Per transaction; 0: the profile's.
    std::size_t connections = 0;            // To each node; 0: the profile's.
    std::size_t keys = 1'000'000;           // index: in the index before it is measured,
    std::size_t stored_events = 1'000'000;  // and events stored in all.
    std::string folder;                     // Of the temporary folder.
    bool keep = false;                      // Leave the folder with the ledger.
    bool json = false;
    bool help = false;
};

extern const char* const usage;

// False and a sentence on wrong usage.
bool parse(const std::vector<std::string>& args, Options& options, std::string& wrong);

}  // namespace consentree::bench
