// Evidence: the complete answer to "what is recorded under this key, in this time, as of then?",
// with the authors' signatures and the proof that nothing is left out, in one file that is checked
// offline (docs/formats.md, "Evidence"). Parsing is strict and bounded; verifying believes no node.
#pragma once

#include "ledger/question.h"
#include "ledger/range_proof.h"
#include "ledger/receipt.h"
#include "ledger/seal.h"

namespace consentree::ledger {

// Versions 1 and 2 are read for ever and no longer written. 1 has no transactions and no as_of.
inline constexpr std::uint32_t evidence_version = 3;
inline constexpr std::uint32_t evidence_version_signed = 2;
// Of one file, of as many pages as it takes (limits::evidence_entries). Beyond: ask for a shorter
// time.
inline constexpr std::size_t evidence_file_bytes = 128 * 1024 * 1024;
inline constexpr std::size_t evidence_file_entries = 200'000;

// Consecutive entries of one transaction, by ascending position, with its author's signature.
struct SignedRun {
    std::string header;  // The exact bytes that the author signed.
    Signature signature;
    std::uint32_t entries = 0;      // How many of the evidence's, in its order.
    std::vector<Hash> events_path;  // leaves_proof() of their events under the events_root.
    bool operator==(const SignedRun&) const = default;
};

// The SEAL of an earlier block, and its inclusion in the tree of the checkpoint.
struct EarlierSeal {
    SealBytes entry{};
    std::vector<Hash> path;
    bool operator==(const EarlierSeal&) const = default;
};

struct Evidence {
    std::uint32_t version = evidence_version;
    Hash network;
    Question question;
    SealBytes seal{};                    // The last leaf of the checkpoint's tree,
    std::string seal_proof;              // c2sp.org/tlog-proof@v1
    std::optional<EarlierSeal> as_of;    // Of the height that the question names, if it is lower.
    std::optional<Bytes> value;          // Of the key in the map; nothing: it is proven absent.
    Bytes map_proof;                     // Of presence or absence.
    RangeProof range;                    // Of the neighbours' and the entries' records.
    std::optional<Bytes> before, after;  // Records of the neighbours outside the time, if any.
    std::vector<std::uint64_t> leaves;   // Where the entries are in the log,
    std::vector<Bytes> entries;          // and their bytes.
    std::vector<SignedRun> transactions;
    bool operator==(const Evidence&) const = default;
};

// One line of JSON, of the newest version.
std::string format_evidence(const Evidence& evidence);
// Codes: "evidence-malformed" with a JSON Pointer, "evidence-unsupported" for another version.
Checked<Evidence> parse_evidence(std::string_view json);

// Where the entries stand in the key's log.
std::uint64_t first_position(const Evidence& evidence);
std::uint64_t end_position(const Evidence& evidence);
// Adds what follows in the key's log: next answers the same question (it may name the height that
// this one was made at), from where this one ends. The proof is then that of next. False if it
// does not follow.
bool join(Evidence& evidence, Evidence next);

struct EvidenceReport {
    ProofVerdict verdict = ProofVerdict::undecidable;
    Refusal reason;  // If not verified; nothing below is then to be relied on.
    Hash network;
    Question question;
    Checkpoint checkpoint;
    std::string note;  // Of the checkpoint.
    Seal seal;
    TimeUs as_of_time_us = 0;  // Up to which block time the answer speaks.
    Height as_of_height = 0;   // Of that block; 0 if the question names a time.
    // Nothing of the time asked for is before the first entry, or after the last.
    bool from_start = false, to_end = false;
    std::vector<std::string> signers;
    std::size_t signers_needed = 0;
    std::optional<std::uint64_t> as_of_s;
    std::vector<ProvenEntry> entries;  // In order.
    std::vector<PublicKey> authors;    // Whose signatures cover the entries, each once.
    std::vector<std::string> proven, not_checked;
};
// As verify_receipt: failed if something in it contradicts something else, undecidable if the trust
// file cannot vouch for it. The whole answer: "incomplete" is a failure.
EvidenceReport verify_evidence(const Evidence& evidence, const Policy& policy);
EvidenceReport verify_evidence(std::string_view json, const Policy& policy);
// A page of it: from_start and to_end say what is proven, and nothing is missing in between.
EvidenceReport verify_evidence_page(const Evidence& evidence, const Policy& policy);

}  // namespace consentree::ledger
