#include "ledger/receipt.h"

#include "ledger/authorship.h"
#include "ledger/merkle.h"
#include "ledger/proof_text.h"
#include "ledger/tlog_proof.h"
#include "ledger/verdict.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

using Failure = std::optional<Refusal>;

Refusal failure(std::string code, std::string detail, std::string pointer = {}) {
    return {std::move(code), std::move(detail), std::move(pointer), {}};
}

// Rule 1: the header names this network, and its key has signed it.
Failure check_header(const Receipt& receipt, ReceiptReport& report, TransactionHeader& header) {
    auto author = check_authorship(receipt.header, receipt.signature, receipt.network);
    if (!author) {
        Refusal refusal = author.error();
        refusal.pointer = "/transaction" + refusal.pointer;
        return refusal;
    }
    header = author->header;
    report.network = header.network;
    report.tx_id = author->tx_id;
    report.author = header.key;
    report.event_count = header.event_count;
    return std::nullopt;
}

// Rule 2: the entry records an event of this transaction, at its place in the events root.
Failure check_entry(const ReceiptEntry& entry,
                    const TransactionHeader& header,
                    const Hash& tx_id,
                    ProvenEntry& proven) {
    const auto decoded = decode_entry(entry.entry);
    if (!decoded) {
        return failure("entry-malformed", "the log entry: " + decoded.error().message(), "/entry");
    }
    if (decoded->head.tx_id != tx_id || decoded->head.position != entry.position) {
        return failure("entry-mismatch", "the log entry is of another transaction or position",
                       "/entry");
    }
    if (!verify_inclusion(entry.position, header.event_count, leaf_hash(decoded->event),
                          entry.events_path, header.events_root)) {
        return failure("events-root-mismatch",
                       "the event is not among those that the author signed", "/events_path");
    }
    proven.head = decoded->head;
    proven.event = as_text(decoded->event);
    return std::nullopt;
}

// Rule 3: the entry is in the tree of the checkpoint, which all entries share.
Failure check_proof(const ReceiptEntry& entry, std::string& note, ProvenEntry& proven) {
    const auto proof = parse_tlog_proof(entry.proof);
    if (!proof) {
        const bool is_unknown = proof.error() == make_error_code(Errc::unsupported);
        return failure(is_unknown ? "proof-unsupported" : "proof-malformed",
                       "the inclusion proof: " + proof.error().message(), "/proof");
    }
    if (note.empty()) note = proof->checkpoint;
    if (note != proof->checkpoint) {
        return failure("proof-malformed", "the proofs are for different checkpoints", "/proof");
    }
    const auto parsed = parse_note(note);
    if (!parsed) return failure("checkpoint-malformed", parsed.error().message(), "/proof");
    const auto checkpoint = parse_checkpoint(parsed->text);
    // What cannot be read is left to check_note, which tells malformed from unsupported.
    if (checkpoint && !verify_inclusion(proof->index, checkpoint->tree_size, leaf_hash(entry.entry),
                                        proof->path, checkpoint->root)) {
        return failure("proof-failed", "the entry is not in the tree of the checkpoint", "/proof");
    }
    proven.index = proof->index;
    return std::nullopt;
}

std::string describe(const ProvenEntry& entry, const std::string& origin) {
    const auto kind = static_cast<EventKind>(entry.head.kind);
    const std::string_view type = type_name(kind);
    std::string text =
        "Event " + std::to_string(entry.head.position) + " (" +
        (type.empty() ? "kind " + std::to_string(entry.head.kind) : std::string(type)) + ", " +
        std::to_string(entry.head.length) + " bytes) is entry " + std::to_string(entry.index) +
        " of the log " + origin + ", recorded in block " + std::to_string(entry.head.height) +
        " at " + time_text(entry.head.commit_time_us / 1000);
    const std::string_view verdict = verdict_name(verdict_of(entry.head.verdict));
    if (entry.head.verdict != 0 && !verdict.empty()) {
        text += " with the verdict " + std::string(verdict);
    }
    return text + ".";
}

void write_sentences(const Policy& policy, ReceiptReport& report) {
    const std::string& origin = report.checkpoint.origin;
    report.proven.push_back("The key " + fingerprint(report.author) + " signed the transaction " +
                            to_hex(report.tx_id.view()) + ".");
    for (const ProvenEntry& entry : report.entries) {
        report.proven.push_back(describe(entry, origin));
    }
    if (report.as_of_s) {
        report.proven.push_back(vouched_for(report.checkpoint.tree_size, report.signers,
                                            report.signers_needed, *report.as_of_s));
    } else {
        report.not_checked.push_back(
            "The trust file asks for no cosignatures: only the key of "
            "the log vouches for the checkpoint.");
    }
    if (!policy.network) {
        report.not_checked.push_back("The trust file does not say which network it is for.");
    }
    if (report.entries.size() < report.event_count) {
        report.not_checked.push_back("The transaction has " + std::to_string(report.event_count) +
                                     " events, of which " + std::to_string(report.entries.size()) +
                                     " are in this receipt.");
    }
    report.not_checked.push_back(
        "Which institution the author's key belongs to, the block times and the verdicts are what "
        "the validators recorded; they were not computed again.");
    report.not_checked.push_back(
        "A receipt shows what is in the log, not that nothing else is about the same matter.");
}

ReceiptReport refused(ProofVerdict verdict, Refusal reason) {
    ReceiptReport report;
    report.verdict = verdict;
    report.reason = std::move(reason);
    return report;
}

ReceiptReport refused_entry(std::size_t place, Refusal reason) {
    const auto verdict =
        reason.code == "proof-unsupported" ? ProofVerdict::undecidable : ProofVerdict::failed;
    reason.pointer = "/receipts/" + std::to_string(place) + reason.pointer;
    return refused(verdict, std::move(reason));
}

}  // namespace

ReceiptReport verify_receipt(const Receipt& receipt, const Policy& policy) {
    ReceiptReport report;
    TransactionHeader header;
    if (auto failed = check_header(receipt, report, header)) {
        return refused(ProofVerdict::failed, std::move(*failed));
    }
    if (receipt.entries.empty()) {
        return refused(ProofVerdict::failed, failure("receipt-malformed", "it has no entries"));
    }
    std::string note;
    for (std::size_t i = 0; i < receipt.entries.size(); ++i) {
        ProvenEntry proven;
        auto failed = check_entry(receipt.entries[i], header, report.tx_id, proven);
        if (!failed) failed = check_proof(receipt.entries[i], note, proven);
        if (failed) return refused_entry(i, std::move(*failed));
        report.entries.push_back(std::move(proven));
    }
    // Only now does it matter whom the reader trusts.
    if (policy.network && *policy.network != header.network) {
        return refused(ProofVerdict::undecidable, other_network("receipt", header.network));
    }
    NoteReport checked = check_note(policy, note);
    if (checked.verdict != ProofVerdict::verified) {
        return refused(checked.verdict, std::move(checked.reason));
    }
    report.verdict = ProofVerdict::verified;
    report.checkpoint = std::move(checked.checkpoint);
    for (NoteReport::Signer& signer : checked.signers) {
        report.signers.push_back(std::move(signer.name));
    }
    report.signers_needed = cosignatures_needed(policy);
    report.as_of_s = checked.as_of_s;
    write_sentences(policy, report);
    return report;
}

ReceiptReport verify_receipt(std::string_view json, const Policy& policy) {
    auto receipt = parse_receipt(json);
    if (!receipt) {
        const bool is_unknown = receipt.error().code == "receipt-unsupported";
        return refused(is_unknown ? ProofVerdict::undecidable : ProofVerdict::failed,
                       receipt.error());
    }
    return verify_receipt(*receipt, policy);
}

}  // namespace consentree::ledger
