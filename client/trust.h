// Whom a client believes.
#pragma once

#include "client/outcome.h"
#include "ledger/policy.h"

#include <string>

namespace consentree::client {

struct TrustFile {
    std::string path;
    ledger::Policy policy;
    Hash network;
};
// A trust file that does not name its network cannot be used to talk to one.
Outcome<TrustFile> load_trust(const std::string& path);

}  // namespace consentree::client
