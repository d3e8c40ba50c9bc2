#include "client/verification.h"

#include "common/time.h"
#include "ledger/event.h"
#include "ledger/receipt.h"
#include "ledger/verdict.h"

namespace consentree::client {

namespace {

std::string time_of_seconds(std::uint64_t seconds) {
    return format_time(static_cast<TimeMs>(seconds) * 1000);
}

Verification::Event event_of(const ledger::ProvenEntry& entry) {
    Verification::Event event;
    event.position = entry.head.position;
    event.index = entry.index;
    event.height = entry.head.height;
    event.committed_at = format_time(static_cast<TimeMs>(entry.head.commit_time_us / 1000));
    event.type = ledger::type_name(static_cast<ledger::EventKind>(entry.head.kind));
    event.verdict = ledger::verdict_name(ledger::verdict_of(entry.head.verdict));
    const auto reasons = ledger::reason_codes(entry.head.flags);
    std::string list;
    for (const std::string& reason : reasons) list += (list.empty() ? "" : ", ") + reason;
    if (!list.empty() && !event.verdict.empty()) event.verdict += " (" + list + ")";
    event.json = entry.event;
    return event;
}

// What reports of receipts and of evidence have in common.
template <class Report>
Verification describe_proof(const Report& report, const Hash& network) {
    Verification verification;
    verification.standing = standing_of(report.verdict);
    verification.reason = report.reason.detail;
    if (verification.standing != Standing::verified) return verification;
    verification.proven = report.proven;
    verification.not_checked = report.not_checked;
    verification.origin = report.checkpoint.origin;
    verification.network = to_hex(network.view());
    verification.tree_size = report.checkpoint.tree_size;
    if (report.as_of_s) verification.as_of = time_of_seconds(*report.as_of_s);
    verification.signers = report.signers;
    verification.quorum = static_cast<std::uint32_t>(report.signers_needed);
    for (const auto& entry : report.entries) verification.events.push_back(event_of(entry));
    return verification;
}

}  // namespace

Standing standing_of(ledger::ProofVerdict verdict) {
    switch (verdict) {
        case ledger::ProofVerdict::verified: return Standing::verified;
        case ledger::ProofVerdict::failed: return Standing::failed;
        case ledger::ProofVerdict::undecidable: return Standing::undecidable;
    }
    return Standing::undecidable;
}

Verification describe(const ledger::ReceiptReport& report) {
    Verification verification = describe_proof(report, report.network);
    if (verification.standing == Standing::verified) {
        verification.tx_id = to_hex(report.tx_id.view());
    }
    return verification;
}

Verification describe(const ledger::EvidenceReport& report, const Hash& network) {
    return describe_proof(report, network);
}

Verification describe(const ledger::NoteReport& report, std::size_t needed) {
    Verification verification;
    verification.standing = standing_of(report.verdict);
    verification.reason = report.reason.detail;
    if (verification.standing != Standing::verified) return verification;
    verification.origin = report.checkpoint.origin;
    verification.tree_size = report.checkpoint.tree_size;
    if (report.as_of_s) verification.as_of = time_of_seconds(*report.as_of_s);
    for (const auto& signer : report.signers) verification.signers.push_back(signer.name);
    verification.quorum = static_cast<std::uint32_t>(needed);
    verification.proven = {"a quorum of the trust file signed this size and root of the log"};
    return verification;
}

namespace {

Verification unusable(const Refusal& refusal) {
    Verification verification;
    verification.reason = "the trust file cannot be used: " + refusal.detail;
    return verification;
}

}  // namespace

Verification verify_receipt(std::string_view receipt_json, std::string_view trust_text) {
    const auto policy = ledger::parse_policy(trust_text);
    if (!policy) return unusable(policy.error());
    return describe(ledger::verify_receipt(receipt_json, *policy));
}

Verification verify_evidence(std::string_view evidence_json, std::string_view trust_text) {
    const auto policy = ledger::parse_policy(trust_text);
    if (!policy) return unusable(policy.error());
    const auto evidence = ledger::parse_evidence(evidence_json);
    return describe(ledger::verify_evidence(evidence_json, *policy),
                    evidence ? evidence->network : Hash{});
}

bool is_evidence(std::string_view json) {
    return ledger::looks_like_evidence(json);
}

}  // namespace consentree::client
