// Offline proof that an entry is in the log (c2sp.org/tlog-proof@v1): index, inclusion path and a
// checkpoint with its signatures. The hash of the entry is the caller's to compute.
#pragma once

#include "ledger/merkle.h"

#include <optional>
#include <string>
#include <string_view>

namespace consentree::ledger {

struct TlogProof {
    std::optional<Bytes> extra;  // Opaque and authenticated by nothing.
    std::uint64_t index = 0;
    std::vector<Hash> path;  // From the leaf's sibling to the root's child.
    std::string checkpoint;  // The signed note, verbatim.
    bool operator==(const TlogProof&) const = default;
};
std::string format_tlog_proof(const TlogProof& proof);
// Errc::unsupported for another version. Does not look into the checkpoint.
Result<TlogProof> parse_tlog_proof(std::string_view text);

}  // namespace consentree::ledger
