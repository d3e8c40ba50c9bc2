#include "ledger/proof_text.h"

#include "common/time.h"

#include <algorithm>

namespace consentree::ledger {

namespace {

constexpr std::uint64_t time_s_max = 253'402'300'800;  // The year 10000.

}  // namespace

std::string time_text(std::uint64_t time_ms) {
    if (time_ms >= time_s_max * 1000) return "a time after the year 9999";
    return format_time(static_cast<TimeMs>(time_ms));
}

std::string second_text(std::uint64_t time_s) {
    return time_text(std::min(time_s, time_s_max) * 1000);
}

std::string vouched_for(std::uint64_t tree_size,
                        const std::vector<std::string>& signers,
                        std::size_t needed,
                        std::uint64_t as_of_s) {
    std::string names;
    for (const std::string& name : signers) names += (names.empty() ? "" : ", ") + name;
    return "The log's first " + std::to_string(tree_size) + " entries are vouched for by " + names +
           " (" + std::to_string(needed) + " needed), as of " + second_text(as_of_s) + ".";
}

Refusal other_network(const std::string& what, const Hash& network) {
    return {"other-network",
            "the " + what + " is of the network " + to_hex(network.view()) +
                ", the trust file of another",
            "/network", "use the trust file of the network that it was made in"};
}

}  // namespace consentree::ledger
