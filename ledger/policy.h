// The trust file of a client (c2sp.org/tlog-policy): which logs it believes, and whose
// cosignatures together make a checkpoint good. Pure; a parsed Policy never changes.
#pragma once

#include "ledger/checkpoint.h"
#include "ledger/genesis.h"

#include <optional>

namespace consentree::ledger {

// What a verification comes to. Undecidable is no evidence of anything: it needs another trust
// file, a newer program or more signatures.
enum class ProofVerdict : std::uint8_t { verified, failed, undecidable };

// A rule about cosigners: one witness, or at least `needed` of the members. Members stand before
// the groups that list them, so that one pass in order decides them all.
struct PolicyNode {
    std::string name;
    std::optional<VerifierKey> witness;  // Nothing: a group.
    std::size_t needed = 1;
    std::vector<std::size_t> members;  // Places in Policy::nodes.
};

// Which validators the witnesses are: as SEALs name them.
struct TrustedSet {
    Epoch epoch = 1;
    Hash hash;  // validator_set_hash()
};

struct Policy {
    std::vector<VerifierKey> logs;  // Any one of them suffices.
    std::vector<PolicyNode> nodes;
    std::optional<std::size_t> quorum;     // Place in nodes; nothing for "quorum none".
    std::optional<Hash> network;           // Of the comment "# network <hex>".
    std::optional<TrustedSet> validators;  // Of the comment "# validators <epoch> <hex>".
};

// Refused with code "trust-file-malformed" and the line.
Checked<Policy> parse_policy(std::string_view text);
// The trust file of a network: every validator's log key, and q of their cosignatures.
std::string format_policy(const Genesis& genesis);
// The least number of cosignatures that can meet the quorum.
std::size_t cosignatures_needed(const Policy& policy);

struct NoteReport {
    ProofVerdict verdict = ProofVerdict::undecidable;
    Refusal reason;  // If not verified.
    Checkpoint checkpoint;
    struct Signer {
        std::string name;  // Of the key.
        std::uint64_t time_s = 0;
    };
    std::vector<Signer> signers;  // Witnesses of the policy whose cosignatures hold.
    // The latest time from which on the cosignatures alone meet the quorum: any larger tree that
    // was certified before it would have had a signer in common with them.
    std::optional<std::uint64_t> as_of_s;
};
// Failed: malformed, or a signature by a known key does not hold. Undecidable: no key of this log
// is known, or the signatures that are known do not make the quorum.
NoteReport check_note(const Policy& policy, std::string_view note);

}  // namespace consentree::ledger
