#include "client/submitter.h"
#include "ledger/tlog_proof.h"
#include "ledger/transaction.h"
#include "verifier/verify.h"

#include <algorithm>
#include <charconv>

namespace consentree::client {

namespace {

Failure not_verified(const std::string& why, Standing standing) {
    Failure failure;
    const bool failed = standing == Standing::failed;
    failure.kind = failed ? FailureKind::verification_failed : FailureKind::undecidable;
    failure.code = failed ? "receipt-failed" : "receipt-undecidable";
    failure.what = failed ? "verification FAILED: the node's receipt does not hold"
                          : "the node's receipt cannot be verified";
    failure.why = why;
    failure.hint = failed ? "Ask another node for the receipt, and keep this one as evidence."
                          : "Is the trust file the one of this network?";
    return failure;
}

bool has_all(const ledger::Receipt& receipt, const std::vector<std::uint32_t>& positions) {
    return std::all_of(positions.begin(), positions.end(), [&](std::uint32_t position) {
        return std::any_of(receipt.entries.begin(), receipt.entries.end(),
                           [&](const auto& entry) { return entry.position == position; });
    });
}

void keep_only(ledger::Receipt& receipt, const std::vector<std::uint32_t>& positions) {
    std::erase_if(receipt.entries, [&](const auto& entry) {
        return std::find(positions.begin(), positions.end(), entry.position) == positions.end();
    });
}

}  // namespace

CheckpointMemory::Prove Receipts::prover() const {
    return [this](std::uint64_t from, std::uint64_t to) -> Outcome<std::vector<Hash>> {
        auto response = calls_.get("/v1/consistency?from=" + std::to_string(from) +
                                   "&to=" + std::to_string(to));
        if (!response) return response.error();
        const auto answer = api::parse_consistency(response->body);
        if (!answer) return invalid_answer(*response, "it is not a consistency proof");
        std::vector<Hash> proof;
        for (const std::string& text : answer->proof) {
            const auto hash = fixed_from_base64<Hash>(text);
            if (!hash) return invalid_answer(*response, "a hash of the proof is malformed");
            proof.push_back(*hash);
        }
        return proof;
    };
}

Outcome<ledger::Receipt> Receipts::page(const std::string& tx_id,
                                        std::uint32_t from,
                                        std::size_t count) const {
    auto response =
        calls_.get("/v1/transactions/" + tx_id + "/receipt?from=" + std::to_string(from) +
                   "&count=" + std::to_string(count));
    if (!response) return response.error();
    auto receipt = ledger::parse_receipt(response->body);
    if (!receipt) return not_verified(receipt.error().detail, Standing::undecidable);
    return *receipt;
}

Outcome<ledger::Receipt> Receipts::collect(const std::string& tx_id,
                                           const std::vector<std::uint32_t>& positions,
                                           const std::string& at_hand) const {
    if (!at_hand.empty()) {
        auto receipt = ledger::parse_receipt(at_hand);
        if (!receipt) return not_verified(receipt.error().detail, Standing::undecidable);
        if (has_all(*receipt, positions)) {
            keep_only(*receipt, positions);
            return *receipt;
        }
    }
    // In one answer: another one would be made for another checkpoint.
    const std::size_t count = positions.back() - positions.front() + 1;
    auto whole = page(tx_id, positions.front(), count);
    if (!whole) return whole.error();
    keep_only(*whole, positions);
    if (!has_all(*whole, positions)) {
        return not_verified("it lacks an event of the transaction", Standing::undecidable);
    }
    return whole;
}

Outcome<ledger::Receipt> Receipts::collect_all(const std::string& tx_id) const {
    auto first = page(tx_id, 0, 1);
    if (!first) return first.error();
    const auto header = ledger::parse_header(first->header);
    if (!header) return not_verified(header.error().detail, Standing::failed);
    std::vector<std::uint32_t> positions(header->event_count);
    for (std::uint32_t i = 0; i < header->event_count; ++i) positions[i] = i;
    return collect(tx_id, positions, ledger::format_receipt(*first));
}

Receipt Receipts::Verified::whole() const {
    return {ledger::format_receipt(receipt) + "\n", verification};
}

Receipt Receipts::Verified::part(const std::vector<std::uint32_t>& positions) const {
    if (positions.size() == receipt.entries.size()) return whole();
    const auto is_kept = [&positions](std::uint32_t position) {
        return std::binary_search(positions.begin(), positions.end(), position);
    };
    // Of the sentences, those about other events go: "Event 7 (...".
    const auto is_about_others = [&is_kept](const std::string& sentence) {
        constexpr std::string_view about = "Event ";
        if (!sentence.starts_with(about)) return false;
        std::uint32_t position = 0;
        const char* const digits = sentence.data() + about.size();
        const auto [end, bad] =
            std::from_chars(digits, sentence.data() + sentence.size(), position);
        return bad == std::errc() && end != digits && !is_kept(position);
    };
    Verified less{{receipt.network, receipt.header, receipt.signature, {}}, {}};
    for (const auto& entry : receipt.entries) {
        if (is_kept(entry.position)) less.receipt.entries.push_back(entry);
    }
    less.verification.standing = verification.standing;
    less.verification.not_checked = verification.not_checked;
    less.verification.origin = verification.origin;
    less.verification.network = verification.network;
    less.verification.tx_id = verification.tx_id;
    less.verification.tree_size = verification.tree_size;
    less.verification.as_of = verification.as_of;
    less.verification.signers = verification.signers;
    less.verification.quorum = verification.quorum;
    for (const std::string& sentence : verification.proven) {
        if (!is_about_others(sentence)) less.verification.proven.push_back(sentence);
    }
    for (const auto& event : verification.events) {
        if (is_kept(event.position)) less.verification.events.push_back(event);
    }
    return less.whole();
}

Outcome<Receipts::Verified> Receipts::get(const std::string& tx_id,
                                          const std::vector<std::uint32_t>& positions,
                                          const std::string& at_hand) const {
    auto receipt = positions.empty() ? collect_all(tx_id) : collect(tx_id, positions, at_hand);
    if (!receipt) return receipt.error();
    const auto report = ledger::verify_receipt(*receipt, trust_.policy);
    Verification verification = verifier::describe(report);
    if (verification.standing != Standing::verified) {
        return not_verified(verification.reason, verification.standing);
    }
    if (verification.tx_id != tx_id || report.network != trust_.network) {
        return not_verified("it is the receipt of another transaction", Standing::failed);
    }
    const auto proof = ledger::parse_tlog_proof(receipt->entries.back().proof);
    if (!proof) return not_verified("its proof is malformed", Standing::failed);
    auto observed = memory_.observe(report.checkpoint, proof->checkpoint, prover(),
                                    CheckpointMemory::Older::accepted);
    if (!observed) return observed.error();
    return Verified{std::move(*receipt), std::move(verification)};
}

}  // namespace consentree::client
