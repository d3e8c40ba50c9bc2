#include "ledger/evidence.h"

#include "ledger/authorship.h"
#include "ledger/evidence_text.h"
#include "ledger/map_fn.h"
#include "ledger/patricia.h"
#include "ledger/proof_text.h"
#include "ledger/tlog_proof.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

using Failure = std::optional<Refusal>;

Refusal failure(std::string code, std::string detail, std::string pointer = {}) {
    return {std::move(code), std::move(detail), std::move(pointer), {}};
}

// Codes that say: this program, or this trust file, cannot tell.
bool is_undecidable(const std::string& code) {
    return code.ends_with("-unsupported") || code.ends_with("-unreached");
}

// Goes through one evidence from the checkpoint down to the entries.
class EvidenceCheck {
public:
    EvidenceCheck(const Evidence& evidence, EvidenceReport& report)
        : evidence_(evidence), question_(evidence.question), report_(report) {}

    // What needs no trust.
    Failure run() {
        auto failed = check_seal();
        if (!failed) failed = check_as_of();
        if (!failed) failed = check_map();
        if (!failed && evidence_.value) failed = check_entries();
        if (!failed && evidence_.value) failed = check_range();
        if (!failed && evidence_.version >= evidence_version_signed) failed = check_authors();
        return failed;
    }

private:
    // The SEAL is the last leaf of the checkpoint's tree and says so itself.
    Failure check_seal() {
        const auto seal = decode_seal(evidence_.seal);
        if (!seal) return failure("seal-malformed", seal.error().message(), "/seal/entry");
        const auto proof = parse_tlog_proof(evidence_.seal_proof);
        if (!proof) {
            const bool is_unknown = proof.error() == make_error_code(Errc::unsupported);
            return failure(is_unknown ? "proof-unsupported" : "proof-malformed",
                           "the SEAL's inclusion proof: " + proof.error().message(), "/seal/proof");
        }
        report_.note = proof->checkpoint;
        const auto note = parse_note(report_.note);
        if (!note) return failure("checkpoint-malformed", note.error().message(), "/seal/proof");
        const auto checkpoint = parse_checkpoint(note->text);
        report_.seal = *seal;
        if (!checkpoint) return std::nullopt;  // check_note tells malformed from unsupported.
        report_.checkpoint = *checkpoint;
        const bool is_last = proof->index + 1 == checkpoint->tree_size &&
                             seal->index == proof->index && seal->first_index <= seal->index;
        if (!is_last) {
            return failure("seal-misplaced",
                           "the SEAL is not the last leaf of the checkpoint's tree", "/seal/proof");
        }
        if (!verify_inclusion(proof->index, checkpoint->tree_size, leaf_hash(evidence_.seal),
                              proof->path, checkpoint->root)) {
            return failure("proof-failed", "the SEAL is not in the tree of the checkpoint",
                           "/seal/proof");
        }
        if (mapfn_version(seal->mapfn) == 0) {
            return failure("mapfn-unsupported",
                           "the index was made by rules that this program does not know",
                           "/seal/entry");
        }
        return std::nullopt;
    }

    // Up to where the answer speaks: the SEAL's block, or the earlier moment asked about.
    Failure check_as_of() {
        report_.as_of_time_us = report_.seal.block_time_us;
        report_.as_of_height = report_.seal.height;
        const Refusal unreached{"as-of-unreached",
                                "the checkpoint is older than the moment asked about", "/question",
                                "ask again later, or another node"};
        if (question_.as_of_time) {
            report_.as_of_height = 0;
            report_.as_of_time_us = static_cast<TimeUs>(*question_.as_of_time) * 1000;
            if (report_.as_of_time_us > report_.seal.block_time_us) return unreached;
        }
        const bool is_earlier =
            question_.as_of_height && *question_.as_of_height < report_.seal.height;
        if (question_.as_of_height && *question_.as_of_height > report_.seal.height) {
            return unreached;
        }
        if (evidence_.as_of.has_value() != is_earlier) {
            return failure("evidence-malformed", "an earlier SEAL belongs to an earlier height",
                           "/as_of");
        }
        return is_earlier ? check_earlier_seal() : std::nullopt;
    }
    Failure check_earlier_seal() {
        const auto seal = decode_seal(evidence_.as_of->entry);
        if (!seal) return failure("seal-malformed", seal.error().message(), "/as_of/entry");
        if (seal->height != *question_.as_of_height ||
            seal->block_time_us > report_.seal.block_time_us ||
            !verify_inclusion(seal->index, report_.checkpoint.tree_size,
                              leaf_hash(evidence_.as_of->entry), evidence_.as_of->path,
                              report_.checkpoint.root)) {
            return failure("proof-failed", "the earlier SEAL is not that of the height in the log",
                           "/as_of");
        }
        last_leaf_ = seal->index;
        report_.as_of_height = seal->height;
        report_.as_of_time_us = seal->block_time_us;
        return std::nullopt;
    }

    // The head of the key's log is what the SEAL's map holds for it; or the map lacks the key.
    Failure check_map() {
        const Hash key = map_key_of(question_);
        if (!evidence_.value) {
            if (evidence_.before || evidence_.after || !evidence_.entries.empty() ||
                evidence_.range != RangeProof{}) {
                return failure("evidence-malformed", "there are records of a key that is absent",
                               "/range");
            }
            report_.from_start = report_.to_end = true;
            if (verify_absence(report_.seal.index_root, key.view(), evidence_.map_proof)) {
                return std::nullopt;
            }
            return failure("absence-failed", "it is not proven that the index lacks the key",
                           "/map/proof");
        }
        const auto decoded = decode_map_value(*evidence_.value);
        if (!decoded) return failure("value-malformed", decoded.error().message(), "/map/value");
        value_ = *decoded;
        if (verify_presence(report_.seal.index_root, key.view(), map_value_hash(value_).view(),
                            evidence_.map_proof)) {
            return std::nullopt;
        }
        return failure("presence-failed", "the index does not hold this for the key", "/map/proof");
    }

    // Every entry is of the time and may stand under the key; the neighbours are outside.
    Failure check_entries() {
        if (evidence_.leaves.size() != evidence_.entries.size()) {
            return failure("evidence-malformed", "there is not one leaf for each entry", "/range");
        }
        if (evidence_.before) {
            if (auto failed = check_neighbour(*evidence_.before, "/range/before", true)) {
                return failed;
            }
        }
        for (std::size_t k = 0; k < evidence_.entries.size(); ++k) {
            if (auto failed = check_entry(evidence_.leaves[k], evidence_.entries[k])) {
                failed->pointer = "/entries/" + std::to_string(k);
                return failed;
            }
        }
        if (evidence_.after) return check_neighbour(*evidence_.after, "/range/after", false);
        return std::nullopt;
    }
    bool is_after_end(const IndexRecord& record) const {
        return is_after(question_, record.leaf, record.commit_time_us, last_leaf_);
    }
    // The records of a key are in order: leaves ascend, times never fall.
    Failure take(const IndexRecord& record) {
        if (!hashes_.empty() &&
            (last_.leaf >= record.leaf || last_.commit_time_us > record.commit_time_us)) {
            return failure("records-unordered", "the records are not in order");
        }
        last_ = record;
        hashes_.push_back(record_hash(record));
        return std::nullopt;
    }
    Failure check_neighbour(const Bytes& bytes, const char* pointer, bool should_be_before) {
        const auto record = decode_index_record(bytes);
        if (!record || record->flags != 0) {
            return failure("record-malformed", "a record of the index is malformed", pointer);
        }
        const bool is_outside =
            should_be_before ? is_before(question_, record->commit_time_us) : is_after_end(*record);
        if (!is_outside) {
            return failure("incomplete", "a neighbour is itself of the time asked for", pointer);
        }
        auto failed = take(*record);
        if (failed) failed->pointer = pointer;
        return failed;
    }
    Failure check_entry(std::uint64_t leaf, const Bytes& bytes) {
        const auto entry = decode_entry(bytes);
        if (!entry)
            return failure("entry-malformed",
                           "an entry does not decode: " + entry.error().message());
        const IndexRecord record{entry->head.kind, 0, leaf, entry->head.commit_time_us,
                                 leaf_hash(bytes)};
        if (is_before(question_, record.commit_time_us) || is_after_end(record)) {
            return failure("outside-window", "an entry is not of the time asked for");
        }
        const auto event = parse_event(as_text(entry->event));
        if (!event || static_cast<std::uint8_t>(event->kind) != entry->head.kind ||
            !may_stand_under(*event)) {
            return failure("entry-misplaced", "an entry does not belong under this key");
        }
        report_.entries.push_back({leaf, entry->head, std::string(as_text(entry->event))});
        return take(record);
    }
    // As far as the entry alone can tell: what it cites is not here.
    bool may_stand_under(const Event& event) const {
        if (is_access(event.kind)) return may_stand_under(event.access());
        if (is_lifecycle(event.kind)) return may_stand_under(event.lifecycle());
        if (is_policy(event.kind)) return question_.kind == IndexKey::governance;
        return question_.kind == IndexKey::actor || question_.kind == IndexKey::governance;
    }
    bool may_stand_under(const AccessEvent& access) const {
        if (question_.kind == IndexKey::consent) {
            return access.issuer == question_.issuer && access.consent_id == question_.label;
        }
        return question_.kind != IndexKey::actor || access.actor_org == question_.label;
    }
    // Events of a consent stand under the keys of those whose place it takes, too.
    bool may_stand_under(const LifecycleEvent& event) const {
        if (question_.kind == IndexKey::consent && event.issuer != question_.issuer) return false;
        if (!event.record || !event.record->supersedes.empty()) return true;
        if (!event.record->scheme.empty() && question_.kind != IndexKey::subject) return true;
        switch (question_.kind) {
            case IndexKey::consent: return event.consent_id == question_.label;
            case IndexKey::subject: return event.record->subject == question_.label;
            case IndexKey::provider: return event.record->provider == question_.label;
            case IndexKey::actor:
                return event.issuer == question_.label ||
                       std::ranges::find(event.record->recipients, question_.label) !=
                           event.record->recipients.end();
            default: return false;
        }
    }

    // The records are exactly those of that range of the key's log. Beside them nothing of the time
    // is missing if the log ends there, or a neighbour shows it.
    Failure check_range() {
        if (!verify_range(evidence_.range, hashes_, value_.count, value_.root)) {
            return failure("range-failed", "the records are not those that the key's log has there",
                           "/range");
        }
        report_.from_start = evidence_.before || evidence_.range.begin == 0;
        report_.to_end = evidence_.after || evidence_.range.end == value_.count;
        return std::nullopt;
    }

    // Every entry records an event that its author signed.
    Failure check_authors() {
        std::size_t at = 0;
        for (std::size_t k = 0; k < evidence_.transactions.size(); ++k) {
            const SignedRun& run = evidence_.transactions[k];
            if (run.entries == 0 || run.entries > report_.entries.size() - at) {
                return failure("evidence-malformed", "the transactions do not fit the entries",
                               "/transactions");
            }
            if (auto failed = check_run(run, at)) {
                failed->pointer = "/transactions/" + std::to_string(k) + failed->pointer;
                return failed;
            }
            at += run.entries;
        }
        if (at == report_.entries.size()) return std::nullopt;
        return failure("evidence-malformed", "there are entries without their transaction",
                       "/transactions");
    }
    Failure check_run(const SignedRun& run, std::size_t at) {
        const auto author = check_authorship(run.header, run.signature, evidence_.network);
        if (!author) return author.error();
        std::vector<std::uint32_t> positions;
        std::vector<Hash> events;
        for (std::size_t k = at; k < at + run.entries; ++k) {
            const ProvenEntry& entry = report_.entries[k];
            if (entry.head.tx_id != author->tx_id) {
                return failure("entry-mismatch", "an entry is of another transaction", "");
            }
            positions.push_back(entry.head.position);
            events.push_back(leaf_hash(as_bytes(entry.event)));
        }
        if (!verify_leaves(run.events_path, positions, events, author->header.event_count,
                           author->header.events_root)) {
            return failure("events-root-mismatch",
                           "an event is not among those that the author signed", "/events_path");
        }
        const bool is_known =
            std::ranges::find(report_.authors, author->header.key) != report_.authors.end();
        if (!is_known) report_.authors.push_back(author->header.key);
        return std::nullopt;
    }

    const Evidence& evidence_;
    const Question& question_;
    EvidenceReport& report_;
    MapValue value_;
    std::optional<std::uint64_t> last_leaf_;  // Of the block as of which it is asked.
    IndexRecord last_;
    std::vector<Hash> hashes_;
};

EvidenceReport refused(ProofVerdict verdict, Refusal reason) {
    EvidenceReport report;
    report.verdict = verdict;
    report.reason = std::move(reason);
    return report;
}

// What only the trust file decides: the network, the note, the validators.
std::optional<EvidenceReport> check_trust(const Policy& policy, EvidenceReport& report) {
    if (policy.network && *policy.network != report.network) {
        return refused(ProofVerdict::undecidable, other_network("evidence", report.network));
    }
    NoteReport checked = check_note(policy, report.note);
    if (checked.verdict != ProofVerdict::verified) {
        return refused(checked.verdict, std::move(checked.reason));
    }
    const auto& set = policy.validators;
    if (set && (set->epoch != report.seal.epoch || set->hash != report.seal.validator_set)) {
        return refused(ProofVerdict::undecidable,
                       {"other-validators",
                        "the SEAL is of epoch " + std::to_string(report.seal.epoch) +
                            " with other validators than those of the trust file",
                        "/seal/entry", "use the trust file of that epoch"});
    }
    report.checkpoint = std::move(checked.checkpoint);
    for (NoteReport::Signer& signer : checked.signers) {
        report.signers.push_back(std::move(signer.name));
    }
    report.signers_needed = cosignatures_needed(policy);
    report.as_of_s = checked.as_of_s;
    return std::nullopt;
}

EvidenceReport check(const Evidence& evidence, const Policy& policy, bool is_whole) {
    EvidenceReport report;
    report.network = evidence.network;
    report.question = evidence.question;
    auto failed = EvidenceCheck(evidence, report).run();
    if (!failed && is_whole && !(report.from_start && report.to_end)) {
        failed = failure("incomplete", "entries of the time asked for may be missing", "/range");
    }
    if (failed) {
        const bool cannot_tell = is_undecidable(failed->code);
        return refused(cannot_tell ? ProofVerdict::undecidable : ProofVerdict::failed,
                       std::move(*failed));
    }
    // Only now does it matter whom the reader trusts.
    if (auto distrusted = check_trust(policy, report)) return std::move(*distrusted);
    report.verdict = ProofVerdict::verified;
    write_sentences(evidence, policy, report);
    return report;
}

}  // namespace

std::uint64_t first_position(const Evidence& evidence) {
    return evidence.range.begin + (evidence.before ? 1 : 0);
}

std::uint64_t end_position(const Evidence& evidence) {
    return evidence.range.end - std::min<std::uint64_t>(evidence.range.end, evidence.after ? 1 : 0);
}

bool join(Evidence& evidence, Evidence next) {
    if (evidence.after || next.before || !evidence.value || !next.value ||
        next.network != evidence.network || next.version != evidence.version ||
        first_position(next) != end_position(evidence)) {
        return false;
    }
    next.before = std::move(evidence.before);
    next.range.begin = evidence.range.begin;
    next.range.left = std::move(evidence.range.left);
    const auto put_before = [](auto& all, auto& more) {
        all.insert(all.end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
        more = std::move(all);
    };
    put_before(evidence.leaves, next.leaves);
    put_before(evidence.entries, next.entries);
    put_before(evidence.transactions, next.transactions);
    evidence = std::move(next);
    return true;
}

EvidenceReport verify_evidence(const Evidence& evidence, const Policy& policy) {
    return check(evidence, policy, true);
}

EvidenceReport verify_evidence_page(const Evidence& evidence, const Policy& policy) {
    return check(evidence, policy, false);
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
