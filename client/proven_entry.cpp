// One access with the proof that it stands in the log.
#include "client/proven.h"
#include "ledger/decimal.h"
#include "ledger/merkle.h"
#include "ledger/tlog_proof.h"
#include "verifier/verify.h"

namespace consentree::client {

namespace {

bool is_asked_for(const std::string& id,
                  const std::vector<Filter>& filters,
                  std::uint64_t index,
                  const ledger::Event& event) {
    if (const auto place = ledger::parse_decimal(id)) return *place == index;
    const ledger::AccessEvent& access = event.access();
    const std::string consent = value_of(filters, "consent"), issuer = value_of(filters, "issuer");
    return access.event_id == id && (consent.empty() || access.consent_id == consent) &&
           (issuer.empty() || access.issuer == issuer);
}

}  // namespace

Outcome<Answer> Proven::access(const std::string& id, const std::vector<Filter>& filters) const {
    auto said = calls_.get(with_query("/v1/accesses/" + percent_encode(id), filters));
    if (!said) return said.error();
    const auto claimed = api::parse_entry(said->body);
    const auto bytes = claimed ? from_base64(claimed->entry) : std::nullopt;
    const auto entry =
        bytes ? ledger::decode_entry(*bytes) : Result<ledger::Entry>(Errc::malformed);
    if (!entry) return invalid_answer(*said, "it does not show an entry of the log");
    const ledger::ProvenEntry shown{claimed->index, entry->head,
                                    std::string(as_text(entry->event))};
    const auto event = ledger::parse_event(shown.event);
    if (!event || !ledger::is_access(event->kind) ||
        !is_asked_for(id, filters, shown.index, *event)) {
        return refused(Standing::failed, "it shows another entry than the one asked for");
    }
    auto text = calls_.get_text("/v1/entries/" + std::to_string(shown.index) + "/proof");
    if (!text) return text.error();
    const auto proof = ledger::parse_tlog_proof(text->body);
    if (!proof) return refused(Standing::undecidable, "the proof is of an unknown form");
    const auto report = ledger::check_note(trust_.policy, proof->checkpoint);
    if (report.verdict != ledger::ProofVerdict::verified) {
        return refused(verifier::standing_of(report.verdict), report.reason.detail);
    }
    if (proof->index != shown.index ||
        !ledger::verify_inclusion(shown.index, report.checkpoint.tree_size,
                                  ledger::leaf_hash(*bytes), proof->path, report.checkpoint.root)) {
        return refused(Standing::failed, "the entry is not in the log at its place");
    }
    auto observed = memory_.observe(report.checkpoint, proof->checkpoint, receipts_.prover(),
                                    CheckpointMemory::Older::refused);
    if (!observed) return observed.error();
    api::Entry made = entry_of(shown);
    made.entry = claimed->entry;
    Answer answer;
    answer.json = api::format(made);
    answer.as_of_height = shown.head.height;
    answer.proven = true;
    answer.verification = verifier::describe(report, trust_.policy);
    return answer;
}

}  // namespace consentree::client
