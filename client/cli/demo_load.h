// The demo's sample data: consents that are given, imported, ended, and accesses under them, some
// of which break a rule. Submitted through the client library like any partner's.
#pragma once

#include "client/cli/demo_folder.h"

#include <functional>

namespace consentree::client::cli {

struct Loaded {
    std::size_t consents = 0;
    std::size_t imported = 0;  // Of the consents: from records of other standards.
    std::size_t accesses = 0;
    std::size_t refused = 0;  // Accesses that the ledger's verdict denies.
};

// A tag that no load has had: for a second load, or after one that was interrupted.
std::string load_tag();

// Everything is committed when it returns. tag names this load in ids: ids of two loads never
// meet. keep_going is asked between transactions; false ends the load with a failure. Saves a
// receipt as demo.receipt().
Outcome<Loaded> load_samples(const Demo& demo,
                             const std::string& tag,
                             const std::function<bool()>& keep_going);

}  // namespace consentree::client::cli
