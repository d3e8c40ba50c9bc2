// What parties have agreed on the ledger, as the agreement that imports fill records from: so that
// both sides read the same terms, and not each a file of its own.
#pragma once

#include "client/client.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

struct LedgerTerms {
    std::string id;
    std::uint32_t version = 0;
    std::string sha256;    // Of the bytes that all parties accepted.
    nlohmann::json terms;  // These bytes, read.
};
// The version in force, from a node; its bytes are held against their hash.
Outcome<LedgerTerms> fetch_terms(Client& client, const std::string& id);

// Gives the record of an import agreement what the ledger's terms say. Refused: it says otherwise.
std::optional<Failure> add_terms(nlohmann::json& agreement, const LedgerTerms& terms);

}  // namespace consentree::client::cli
