// Evidence: the complete answer to "what is recorded under this key, in this time?", with the proof
// that nothing is left out, in one file that is checked offline (docs/formats.md, "Evidence").
// Parsing is strict and bounded; verifying believes no node.
#pragma once

#include "ledger/index_record.h"
#include "ledger/range_proof.h"
#include "ledger/receipt.h"
#include "ledger/seal.h"

namespace consentree::ledger {

// All entries under a key whose block time is in [from, to).
struct Question {
    IndexKey kind = IndexKey::subject;
    std::string label;   // Subject, actor or provider; of a consent its consent_id.
    std::string issuer;  // Of a consent; else empty.
    std::optional<TimeMs> from, to;
    bool operator==(const Question&) const = default;
};
// "subject", "consent", "actor", "provider"; empty for another kind.
std::string_view index_key_name(IndexKey kind);
std::optional<IndexKey> index_key_of(std::string_view name);
Hash map_key_of(const Question& question);
// "the subject sub:8f2c"
std::string describe(const Question& question);

struct Evidence {
    Hash network;
    Question question;
    SealBytes seal{};            // The last leaf of the checkpoint's tree,
    std::string seal_proof;      // c2sp.org/tlog-proof@v1
    std::optional<Bytes> value;  // Of the key in the map; nothing: it is proven absent.
    Bytes map_proof;             // Of presence or absence.
    RangeProof range;            // Of the records below.
    std::vector<Bytes> records;  // The answers', and a neighbour on each side that has one.
    std::vector<Bytes> entries;  // The answers' log entries, in order.
    bool operator==(const Evidence&) const = default;
};

// One line of JSON.
std::string format_evidence(const Evidence& evidence);
// Codes: "evidence-malformed" with a JSON Pointer, "evidence-unsupported" for another version.
Checked<Evidence> parse_evidence(std::string_view json);

struct EvidenceReport {
    ProofVerdict verdict = ProofVerdict::undecidable;
    Refusal reason;  // If not verified; nothing below is then to be relied on.
    Question question;
    Checkpoint checkpoint;
    Seal seal;
    std::vector<std::string> signers;
    std::size_t signers_needed = 0;
    std::optional<std::uint64_t> as_of_s;
    std::vector<ProvenEntry> entries;  // All of them, in order.
    std::vector<std::string> proven, not_checked;
};
// As verify_receipt: failed if something in it contradicts something else, undecidable if the trust
// file cannot vouch for it.
EvidenceReport verify_evidence(const Evidence& evidence, const Policy& policy);
EvidenceReport verify_evidence(std::string_view json, const Policy& policy);

}  // namespace consentree::ledger
