// Phrases that the reports of receipts and of evidence share. Pure.
#pragma once

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

}  // namespace consentree::ledger
