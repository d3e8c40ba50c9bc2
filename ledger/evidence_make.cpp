#include "ledger/evidence_make.h"

#include "common/limits.h"
#include "ledger/entry_source.h"
#include "ledger/key_log.h"
#include "ledger/log_tree.h"
#include "ledger/state_keys.h"
#include "ledger/tip.h"
#include "ledger/tlog_proof.h"

namespace consentree::ledger {
namespace {

Refusal too_large() {
    return {"evidence-too-large",
            "more than " + std::to_string(limits::evidence_entries) +
                " entries, or more bytes than one answer may have",
            "", "Ask for a shorter time with from and to."};
}

Refusal unreadable() {
    return {"internal-error", "the log cannot be read", "", ""};
}

// The position of the first item whose block time is not before this. Halves: times never fall.
std::uint64_t items_before_time(const Reader& reader, const KeyLogHead& head, TimeMs time) {
    const auto time_us = static_cast<TimeUs>(time) * 1000;
    std::uint64_t low = 0, high = head.value.count;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        std::optional<TimeUs> at;
        scan_key_log(reader, head, middle, Direction::ascending,
                     [&](std::uint64_t, const KeyLogItem& item) {
                         const auto row = find_entry_row(reader, item.leaf);
                         if (row) at = row->row.time_us;
                         return false;
                     });
        if (at && *at < time_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// The records of [begin, end), and the entries of those in [first, last).
std::optional<Refusal> read_items(const Reader& reader,
                                  const KeyLogHead& head,
                                  std::uint64_t first,
                                  std::uint64_t last,
                                  Evidence& evidence) {
    EntrySource entries(reader);
    std::size_t bytes = 0;
    std::optional<Refusal> refusal;
    const std::uint64_t begin = evidence.range.begin, end = evidence.range.end;
    scan_key_log(reader, head, begin, Direction::ascending,
                 [&](std::uint64_t position, const KeyLogItem& item) {
                     if (position >= end) return false;
                     const auto entry = entries.get(item.leaf);
                     if (!entry) {
                         refusal = unreadable();
                         return false;
                     }
                     Bytes leaf = entry_leaf_bytes(*entry);
                     evidence.records.push_back(
                         to_bytes(encode(IndexRecord{static_cast<std::uint8_t>(item.kind), 0,
                                                     item.leaf, entry->time_us, leaf_hash(leaf)})));
                     if (position < first || position >= last) return true;
                     bytes += leaf.size();
                     if (bytes > limits::evidence_entry_bytes) {
                         refusal = too_large();
                         return false;
                     }
                     evidence.entries.push_back(std::move(leaf));
                     return true;
                 });
    if (!refusal && evidence.records.size() != end - begin) refusal = unreadable();
    return refusal;
}

std::optional<Refusal> add_seal(const EvidenceSource& source, Evidence& evidence) {
    const auto note = parse_note(source.note);
    const auto checkpoint =
        note ? parse_checkpoint(note->text) : Result<Checkpoint>(Errc::not_found);
    const Refusal none{"no-checkpoint", "there is no certified checkpoint of the newest block yet",
                       "", "Ask again in a moment."};
    const auto tip = load_tip(source.reader);
    if (!checkpoint || checkpoint->tree_size == 0 || !tip ||
        tip->tree_size != checkpoint->tree_size) {
        return none;
    }
    const std::uint64_t index = checkpoint->tree_size - 1;
    const auto row = source.reader.get(Table::seal, entry_key(index));
    const auto seal = row ? decode_seal(*row) : Result<Seal>(Errc::not_found);
    if (!seal || seal->index_root != source.map.root()) return none;
    auto path = inclusion_path(source.reader, index, checkpoint->tree_size);
    if (!path) return unreadable();
    evidence.seal = encode(*seal);
    evidence.seal_proof = format_tlog_proof({std::nullopt, index, std::move(*path), source.note});
    return std::nullopt;
}

}  // namespace

Checked<Evidence> make_evidence(const EvidenceSource& source, const Question& question) {
    Evidence evidence;
    evidence.network = source.network;
    evidence.question = question;
    if (auto refusal = add_seal(source, evidence)) return std::move(*refusal);
    const Hash key = map_key_of(question);
    evidence.map_proof = source.map.prove(key);
    const auto head = find_key_log(source.reader, key);
    if (!head) return evidence;
    evidence.value = to_bytes(encode(head->value));
    const std::uint64_t count = head->value.count;
    const std::uint64_t first =
        question.from ? items_before_time(source.reader, *head, *question.from) : 0;
    const std::uint64_t last = std::max(
        first, question.to ? items_before_time(source.reader, *head, *question.to) : count);
    if (last - first > limits::evidence_entries) return too_large();
    auto range = key_log_proof(source.reader, *head, count, first - (first > 0 ? 1 : 0),
                               last + (last < count ? 1 : 0));
    if (!range) return unreadable();
    evidence.range = std::move(*range);
    if (auto refusal = read_items(source.reader, *head, first, last, evidence)) {
        return std::move(*refusal);
    }
    return evidence;
}

}  // namespace consentree::ledger
