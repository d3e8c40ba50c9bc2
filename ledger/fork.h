// Evidence of a fork: two certified checkpoints of one log that contradict each other, in one file
// that convicts, offline, every validator that signed both (docs/formats.md, "Fork evidence").
// Parsing is strict and bounded; verifying believes nobody.
#pragma once

#include "ledger/consistency.h"
#include "ledger/policy.h"

namespace consentree::ledger {

struct Fork {
    Hash network;
    std::string smaller, larger;  // Signed notes, verbatim; of equal trees in any order.
    // What the larger log gave as its consistency proof from the smaller size: it shows with which
    // root that log really begins. Empty if the sizes are equal, or if none was to be had.
    std::vector<Hash> proof;
    bool operator==(const Fork&) const = default;
};

// One line of JSON.
std::string format_fork(const Fork& fork);
// Codes: "fork-malformed" with a JSON Pointer, "fork-unsupported" for another version.
Checked<Fork> parse_fork(std::string_view json);

struct ForkReport {
    ProofVerdict verdict = ProofVerdict::undecidable;
    Refusal reason;  // If not verified; nothing below is then to be relied on.
    Hash network;
    Checkpoint smaller, larger;
    std::vector<std::string> signed_both;  // Key names: each of these broke the rules.
    std::size_t signers_needed = 0;
    std::vector<std::string> proven, not_checked;
};
// Verified: the trust file's quorum vouched for both, and they contradict each other. Failed: they
// do not, or a signature or the proof does not hold. Undecidable: without a proof two sizes cannot
// be compared, or the trust file cannot vouch for both.
ForkReport verify_fork(const Fork& fork, const Policy& policy);
ForkReport verify_fork(std::string_view json, const Policy& policy);

}  // namespace consentree::ledger
