// What the named reports (docs/questions.md) say of a synthetic load, held against what was planted
// in it.
#pragma once

#include "client/cli/demo_planted.h"
#include "client/client.h"

namespace consentree::client::cli {

struct ReportFound {
    std::string report;
    std::uint64_t planted = 0;  // Sessions that it must name,
    std::uint64_t found = 0;    // those of them that it names,
    std::uint64_t beside = 0;   // and others of the load.
    bool agrees() const { return found == planted && beside == 0; }
};
// Each report about each institution as actor, and about the party that has asked without being
// named.
Outcome<std::vector<ReportFound>> ask_reports(Client& client,
                                              const PlantedLoad& load,
                                              const std::string& from,
                                              const std::string& to);

}  // namespace consentree::client::cli
