// Receipts: what a partner keeps to prove, offline and to anybody with the trust file, that its
// signed events stand in the log. Parsing is strict and bounded; verifying believes no node.
#pragma once

#include "ledger/entry.h"
#include "ledger/policy.h"

namespace consentree::ledger {

struct ReceiptEntry {
    std::uint32_t position = 0;     // Of the event in its transaction.
    Bytes entry;                    // The leaf: head and event bytes.
    std::vector<Hash> events_path;  // From the event to the header's events_root.
    std::string proof;              // c2sp.org/tlog-proof@v1
    bool operator==(const ReceiptEntry&) const = default;
};
struct Receipt {
    Hash network;
    std::string header;  // The exact bytes that the author signed.
    Signature signature;
    std::vector<ReceiptEntry> entries;  // 1 or more, by ascending position.
    bool operator==(const Receipt&) const = default;
};

// One line of JSON.
std::string format_receipt(const Receipt& receipt);
// Codes: "receipt-malformed" with a JSON Pointer, "receipt-unsupported" for another version.
Checked<Receipt> parse_receipt(std::string_view json);

struct ProvenEntry {
    std::uint64_t index = 0;  // In the log.
    EntryHead head;
    std::string event;  // The exact JSON bytes.
};
struct ReceiptReport {
    ProofVerdict verdict = ProofVerdict::undecidable;
    Refusal reason;  // If not verified; nothing below is then to be relied on.
    Hash network;
    Hash tx_id;
    PublicKey author;               // Whose signature the transaction bears.
    std::uint32_t event_count = 0;  // Of the whole transaction.
    Checkpoint checkpoint;
    std::vector<std::string> signers;  // Key names of the valid cosignatures.
    std::size_t signers_needed = 0;
    std::optional<std::uint64_t> as_of_s;  // See NoteReport.
    std::vector<ProvenEntry> entries;
    // Sentences that say no more than what was checked, and what was not.
    std::vector<std::string> proven;
    std::vector<std::string> not_checked;
};
// Failed: something in the receipt contradicts something else in it, or a known key's signature
// does not hold. Undecidable: it is sound in itself, and the trust file cannot vouch for it.
ReceiptReport verify_receipt(const Receipt& receipt, const Policy& policy);
// From its text: malformed is failed, another version undecidable.
ReceiptReport verify_receipt(std::string_view json, const Policy& policy);

}  // namespace consentree::ledger
