#include "verifier/verify.h"

#include "ledger/event.h"
#include "ledger/proof_kind.h"
#include "ledger/proof_text.h"
#include "ledger/verdict.h"
#include "verifier/consentree_verify.h"

namespace consentree::verifier {

static_assert(file_bytes > ledger::evidence_file_bytes);

namespace {

using ledger::ProofKind;

Report start(ProofKind kind, ledger::ProofVerdict verdict, const Refusal& reason) {
    Report report;
    report.kind = ledger::proof_kind_name(kind);
    report.standing = standing_of(verdict);
    if (report.standing != Standing::verified) report.reason = reason.detail;
    return report;
}

Report::Event event_of(const ledger::ProvenEntry& entry) {
    Report::Event event;
    event.position = entry.head.position;
    event.index = entry.index;
    event.height = entry.head.height;
    event.committed_at = ledger::time_text(entry.head.commit_time_us / 1000);
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
template <class Proof>
Report describe_proof(ProofKind kind, const Proof& proof, const Hash& network) {
    Report report = start(kind, proof.verdict, proof.reason);
    if (report.standing != Standing::verified) return report;
    report.proven = proof.proven;
    report.not_checked = proof.not_checked;
    report.origin = proof.checkpoint.origin;
    report.network = to_hex(network.view());
    report.tree_size = proof.checkpoint.tree_size;
    if (proof.as_of_s) report.as_of = ledger::second_text(*proof.as_of_s);
    report.signers = proof.signers;
    report.quorum = static_cast<std::uint32_t>(proof.signers_needed);
    for (const auto& entry : proof.entries) report.events.push_back(event_of(entry));
    return report;
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

Report describe(const ledger::ReceiptReport& proof) {
    Report report = describe_proof(ProofKind::receipt, proof, proof.network);
    if (report.standing == Standing::verified) report.tx_id = to_hex(proof.tx_id.view());
    return report;
}

Report describe(const ledger::EvidenceReport& proof) {
    return describe_proof(ProofKind::evidence, proof, proof.network);
}

Report describe(const ledger::ForkReport& fork) {
    Report report = start(ProofKind::fork, fork.verdict, fork.reason);
    if (report.standing != Standing::verified) return report;
    report.proven = fork.proven;
    report.not_checked = fork.not_checked;
    report.origin = fork.larger.origin;
    report.network = to_hex(fork.network.view());
    report.tree_size = fork.larger.tree_size;
    report.signers = fork.signed_both;
    report.quorum = static_cast<std::uint32_t>(fork.signers_needed);
    return report;
}

Report describe(const ledger::NoteReport& note, const ledger::Policy& policy) {
    Report report = start(ProofKind::checkpoint, note.verdict, note.reason);
    if (report.standing != Standing::verified) return report;
    report.origin = note.checkpoint.origin;
    report.tree_size = note.checkpoint.tree_size;
    if (policy.network) report.network = to_hex(policy.network->view());
    if (note.as_of_s) report.as_of = ledger::second_text(*note.as_of_s);
    for (const auto& signer : note.signers) report.signers.push_back(signer.name);
    report.quorum = static_cast<std::uint32_t>(ledger::cosignatures_needed(policy));
    report.proven = {"Those whom the trust file asks for signed this size and root of the log: " +
                     std::to_string(note.checkpoint.tree_size) + ", " +
                     to_hex(note.checkpoint.root.view()) + "."};
    report.not_checked = {"What the entries of the log are, and whether they are all there."};
    return report;
}

int exit_code_of(Standing standing) {
    switch (standing) {
        case Standing::verified: return CONSENTREE_VERIFIED;
        case Standing::failed: return CONSENTREE_FAILED;
        case Standing::undecidable: return CONSENTREE_UNDECIDABLE;
    }
    return CONSENTREE_UNDECIDABLE;
}

Report verify_file(std::string_view file, std::string_view trust) {
    const ProofKind kind = ledger::proof_kind_of(file);
    const auto policy = ledger::parse_policy(trust);
    if (!policy) {
        Report report;
        report.kind = ledger::proof_kind_name(kind);
        report.reason = "the trust file cannot be used: " + policy.error().detail;
        return report;
    }
    switch (kind) {
        case ProofKind::receipt: return describe(ledger::verify_receipt(file, *policy));
        case ProofKind::fork: return describe(ledger::verify_fork(file, *policy));
        case ProofKind::checkpoint: return describe(ledger::check_note(*policy, file), *policy);
        case ProofKind::evidence: break;
    }
    return describe(ledger::verify_evidence(file, *policy));
}

}  // namespace consentree::verifier
