// Phrases that the reports of receipts, evidence and forks share. Pure.
#pragma once

#include "common/bytes.h"
#include "common/error.h"
#include "common/types.h"

#include <string>
#include <vector>

namespace consentree::ledger {

// RFC 3339 has no spelling beyond the year 9999, which a forger may choose.
std::string time_text(std::uint64_t time_ms);
// As time_text, of seconds; what is later than the year 9999 is cut to its end.
std::string second_text(std::uint64_t time_s);
// "The log's first 9 entries are vouched for by a, b (2 needed), as of 2026-…."
std::string vouched_for(std::uint64_t tree_size,
                        const std::vector<std::string>& signers,
                        std::size_t needed,
                        std::uint64_t as_of_s);
// Why a file of another network than the trust file's is undecidable. what: "receipt", "evidence".
Refusal other_network(const std::string& what, const Hash& network);

}  // namespace consentree::ledger
