#include "ledger/evidence.h"

#include "ledger/map_fn.h"
#include "ledger/patricia.h"
#include "ledger/proof_text.h"
#include "ledger/state.h"
#include "ledger/tlog_proof.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

using Failure = std::optional<Refusal>;

Refusal failure(std::string code, std::string detail, std::string pointer = {}) {
    return {std::move(code), std::move(detail), std::move(pointer), {}};
}

// The SEAL is the last leaf of the checkpoint's tree and says so itself.
Failure check_seal(const Evidence& evidence, EvidenceReport& report, std::string& note) {
    const auto seal = decode_seal(evidence.seal);
    if (!seal) return failure("seal-malformed", seal.error().message(), "/seal/entry");
    const auto proof = parse_tlog_proof(evidence.seal_proof);
    if (!proof) {
        const bool is_unknown = proof.error() == make_error_code(Errc::unsupported);
        return failure(is_unknown ? "proof-unsupported" : "proof-malformed",
                       "the SEAL's inclusion proof: " + proof.error().message(), "/seal/proof");
    }
    note = proof->checkpoint;
    const auto parsed = parse_note(note);
    if (!parsed) return failure("checkpoint-malformed", parsed.error().message(), "/seal/proof");
    const auto checkpoint = parse_checkpoint(parsed->text);
    report.seal = *seal;
    if (!checkpoint) return std::nullopt;  // check_note tells malformed from unsupported.
    const bool is_last = proof->index + 1 == checkpoint->tree_size && seal->index == proof->index &&
                         seal->first_index <= seal->index;
    if (!is_last) {
        return failure("seal-misplaced", "the SEAL is not the last leaf of the checkpoint's tree",
                       "/seal/proof");
    }
    if (!verify_inclusion(proof->index, checkpoint->tree_size, leaf_hash(evidence.seal),
                          proof->path, checkpoint->root)) {
        return failure("proof-failed", "the SEAL is not in the tree of the checkpoint",
                       "/seal/proof");
    }
    if (seal->mapfn != mapfn_hash()) {
        return failure("mapfn-unsupported",
                       "the index was made by rules that this program does not know",
                       "/seal/entry");
    }
    return std::nullopt;
}

// The head of the key's log is what the SEAL's map holds for it; or the map does not have the key.
Failure check_map(const Evidence& evidence, const Seal& seal, MapValue& value) {
    const Hash key = map_key_of(evidence.question);
    if (!evidence.value) {
        if (!evidence.records.empty() || !evidence.entries.empty() ||
            evidence.range != RangeProof{}) {
            return failure("evidence-malformed", "there are records of a key that is absent",
                           "/range");
        }
        if (verify_absence(seal.index_root, key.view(), evidence.map_proof)) return std::nullopt;
        return failure("absence-failed", "it is not proven that the index lacks the key",
                       "/map/proof");
    }
    const auto decoded = decode_map_value(*evidence.value);
    if (!decoded) return failure("value-malformed", decoded.error().message(), "/map/value");
    value = *decoded;
    if (verify_presence(seal.index_root, key.view(), map_value_hash(value).view(),
                        evidence.map_proof)) {
        return std::nullopt;
    }
    return failure("presence-failed", "the index does not hold this for the key", "/map/proof");
}

// The records are consecutive ones of the key's log, and in order.
Failure check_range(const Evidence& evidence,
                    const MapValue& value,
                    std::vector<IndexRecord>& records) {
    std::vector<Hash> hashes;
    hashes.reserve(evidence.records.size());
    for (const Bytes& bytes : evidence.records) {
        const auto record = decode_index_record(bytes);
        if (!record || record->flags != 0) {
            return failure("record-malformed", "a record of the index is malformed",
                           "/range/records");
        }
        const bool is_later =
            records.empty() || (records.back().leaf < record->leaf &&
                                records.back().commit_time_us <= record->commit_time_us);
        if (!is_later) {
            return failure("records-unordered", "the records are not in order", "/range/records");
        }
        records.push_back(*record);
        hashes.push_back(record_hash(*record));
    }
    if (verify_range(evidence.range, hashes, value.count, value.root)) return std::nullopt;
    return failure("range-failed", "the records are not those that the key's log has there",
                   "/range");
}

// Whether an entry may stand under the key, as far as it alone can tell: what it cites is not here.
bool may_stand_under(const Question& question, const Event& event) {
    const bool access = is_access(event.kind);
    if (question.kind == IndexKey::consent) {
        const std::string& issuer = access ? event.access().issuer : event.lifecycle().issuer;
        const std::string& id = access ? event.access().consent_id : event.lifecycle().consent_id;
        return issuer == question.issuer && id == question.label;
    }
    if (access) {
        return question.kind != IndexKey::actor || event.access().actor_org == question.label;
    }
    const auto& record = event.lifecycle().record;
    if (!record) return true;
    switch (question.kind) {
        case IndexKey::subject: return record->subject == question.label;
        case IndexKey::provider: return record->provider == question.label;
        case IndexKey::actor:
            return std::ranges::find(record->recipients, question.label) !=
                   record->recipients.end();
        default: return false;
    }
}

Failure check_entry(const Question& question,
                    const IndexRecord& record,
                    const Bytes& bytes,
                    ProvenEntry& proven) {
    if (leaf_hash(bytes) != record.leaf_hash) {
        return failure("entry-mismatch", "an entry is not the one that the index names");
    }
    const auto entry = decode_entry(bytes);
    if (!entry || entry->head.kind != record.kind ||
        entry->head.commit_time_us != record.commit_time_us) {
        return failure("entry-mismatch", "an entry is not what its record says");
    }
    const auto event = parse_event(as_text(entry->event));
    if (!event || !may_stand_under(question, *event)) {
        return failure("entry-misplaced", "an entry does not belong under this key");
    }
    proven.index = record.leaf;
    proven.head = entry->head;
    proven.event = as_text(entry->event);
    return std::nullopt;
}

bool is_before(const Question& question, const IndexRecord& record) {
    return question.from && record.commit_time_us < static_cast<TimeUs>(*question.from) * 1000;
}
bool is_after(const Question& question, const IndexRecord& record) {
    return question.to && record.commit_time_us >= static_cast<TimeUs>(*question.to) * 1000;
}

// Complete: what is not among the answers is before or after the window. A neighbour on each side
// shows it, unless the log ends there.
Failure check_window(const Evidence& evidence,
                     const MapValue& value,
                     const std::vector<IndexRecord>& records,
                     std::vector<ProvenEntry>& proven) {
    const Question& question = evidence.question;
    std::size_t first = 0, last = records.size();
    while (first < last && is_before(question, records[first])) ++first;
    while (last > first && is_after(question, records[last - 1])) --last;
    if (evidence.range.begin > 0 && first == 0) {
        return failure("incomplete", "earlier entries of the time asked for may be missing",
                       "/range");
    }
    if (evidence.range.end < value.count && last == records.size()) {
        return failure("incomplete", "later entries of the time asked for may be missing",
                       "/range");
    }
    if (evidence.entries.size() != last - first) {
        return failure("incomplete", "the entries are not as many as the records", "/entries");
    }
    for (std::size_t k = first; k < last; ++k) {
        const std::string at = "/entries/" + std::to_string(k - first);
        if (is_before(question, records[k]) || is_after(question, records[k])) {
            return failure("outside-window", "an entry is not of the time asked for", at);
        }
        ProvenEntry one;
        if (auto failed = check_entry(question, records[k], evidence.entries[k - first], one)) {
            failed->pointer = at;
            return failed;
        }
        proven.push_back(std::move(one));
    }
    return std::nullopt;
}

void write_sentences(const Policy& policy, EvidenceReport& report) {
    const Question& question = report.question;
    std::string window;
    if (question.from) {
        window += " from " + time_text(static_cast<std::uint64_t>(*question.from));
    }
    if (question.to) window += " until " + time_text(static_cast<std::uint64_t>(*question.to));
    const std::size_t count = report.entries.size();
    const std::string about = describe(question) + window;
    report.proven.push_back(count == 0 ? "Nothing is recorded about " + about + "."
                            : count == 1
                                ? "One entry is recorded about " + about + ", and no other."
                                : std::to_string(count) + " entries are recorded about " + about +
                                      ", and no others.");
    report.proven.push_back("The answer is complete up to " +
                            time_text(report.seal.block_time_us / 1000) + " (block " +
                            std::to_string(report.seal.height) + ").");
    if (report.as_of_s) {
        report.proven.push_back(vouched_for(report.checkpoint.tree_size, report.signers,
                                            report.signers_needed, *report.as_of_s));
    } else {
        report.not_checked.push_back(
            "The trust file asks for no cosignatures: only the key of the log vouches for the "
            "checkpoint.");
    }
    if (!policy.network) {
        report.not_checked.push_back("The trust file does not say which network it is for.");
    }
    report.not_checked.push_back(
        "Block times, verdicts, and which consent's subject and provider an entry was filed under, "
        "are what the validators recorded; they were not computed again.");
    report.not_checked.push_back(
        "The authors' signatures are not in this file: the receipts of the transactions have "
        "them.");
}

EvidenceReport refused(ProofVerdict verdict, Refusal reason) {
    EvidenceReport report;
    report.verdict = verdict;
    report.reason = std::move(reason);
    return report;
}

}  // namespace

std::string_view index_key_name(IndexKey kind) {
    switch (kind) {
        case IndexKey::subject: return "subject";
        case IndexKey::consent: return "consent";
        case IndexKey::actor: return "actor";
        case IndexKey::provider: return "provider";
        default: return "";
    }
}

std::optional<IndexKey> index_key_of(std::string_view name) {
    for (const IndexKey kind :
         {IndexKey::subject, IndexKey::consent, IndexKey::actor, IndexKey::provider}) {
        if (name == index_key_name(kind)) return kind;
    }
    return std::nullopt;
}

Hash map_key_of(const Question& question) {
    const Hash id = question.kind == IndexKey::consent
                        ? consent_key(question.issuer, question.label)
                        : label_id(question.label);
    return map_key(question.kind, id);
}

std::string describe(const Question& question) {
    std::string text = "the " + std::string(index_key_name(question.kind)) + " " + question.label;
    if (!question.issuer.empty()) text += " of " + question.issuer;
    return text;
}

EvidenceReport verify_evidence(const Evidence& evidence, const Policy& policy) {
    EvidenceReport report;
    report.question = evidence.question;
    std::string note;
    MapValue value;
    std::vector<IndexRecord> records;
    auto failed = check_seal(evidence, report, note);
    if (!failed) failed = check_map(evidence, report.seal, value);
    if (!failed && evidence.value) failed = check_range(evidence, value, records);
    if (!failed && evidence.value) {
        failed = check_window(evidence, value, records, report.entries);
    }
    if (failed) {
        const bool is_unknown = failed->code.ends_with("-unsupported");
        return refused(is_unknown ? ProofVerdict::undecidable : ProofVerdict::failed,
                       std::move(*failed));
    }
    // Only now does it matter whom the reader trusts.
    if (policy.network && *policy.network != evidence.network) {
        return refused(ProofVerdict::undecidable,
                       {"other-network",
                        "the evidence is of the network " + to_hex(evidence.network.view()) +
                            ", the trust file of another",
                        "/network", "use the trust file of the network that it was made in"});
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

EvidenceReport verify_evidence(std::string_view json, const Policy& policy) {
    auto evidence = parse_evidence(json);
    if (!evidence) {
        const bool is_unknown = evidence.error().code == "evidence-unsupported";
        return refused(is_unknown ? ProofVerdict::undecidable : ProofVerdict::failed,
                       evidence.error());
    }
    return verify_evidence(*evidence, policy);
}

}  // namespace consentree::ledger
