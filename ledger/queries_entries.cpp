// Entries, transactions and access views.
#include "common/assert.h"
#include "common/codec.h"
#include "ledger/entry.h"
#include "ledger/entry_source.h"
#include "ledger/state_keys.h"

namespace consentree::ledger {
namespace {

constexpr std::size_t find_access_events_max = 4096;
constexpr std::size_t find_access_page = 256;

}  // namespace

std::optional<EntryRowAt> find_entry_row(const Reader& reader, std::uint64_t leaf) {
    if (leaf == UINT64_MAX) return std::nullopt;
    std::optional<EntryRowAt> found;
    reader.scan(Table::entry, {}, entry_key(leaf + 1), Direction::descending,
                [&](BytesView key, BytesView value) {
                    consentree::Reader in(key);
                    const std::uint64_t first = in.u64();
                    auto row = decode_entry_row(value);
                    CT_ASSERT(in.finish().has_value() && row.has_value());
                    found = EntryRowAt{first, std::move(*row)};
                    return false;
                });
    if (found && leaf - found->first_leaf >= found->row.items.size()) return std::nullopt;
    return found;
}

bool EntrySource::load(Bytes key) {
    if (key == batch_key_) return true;
    auto batch = reader_.get(Table::batch, key);
    if (!batch) return false;
    batch_ = std::move(*batch);
    batch_key_ = std::move(key);
    return true;
}

std::optional<EntryView> EntrySource::get(std::uint64_t leaf) {
    const bool is_same =
        at_ && leaf >= at_->first_leaf && leaf - at_->first_leaf < at_->row.items.size();
    if (!is_same) at_ = find_entry_row(reader_, leaf);
    if (!at_) return std::nullopt;
    const EntryRow& row = at_->row;
    const EntryRow::Item& item = row.items[leaf - at_->first_leaf];
    if (!load(batch_key(row.batch.lane, row.batch.seq, row.batch.digest))) return std::nullopt;
    CT_ASSERT(item.offset <= batch_.size() && item.length <= batch_.size() - item.offset);
    EntryView view;
    view.index = leaf;
    view.height = row.height;
    view.time_us = row.time_us;
    view.tx_id = row.tx_id;
    view.position = item.position;
    view.kind = item.kind;
    view.verdict = item.verdict;
    view.flags = item.flags;
    view.granted_until = item.granted_until;
    view.event_bytes = to_bytes(BytesView(batch_).subspan(item.offset, item.length));
    return view;
}

std::optional<Bytes> EntrySource::leaf_bytes(std::uint64_t leaf) {
    if (const auto entry = get(leaf)) return entry_leaf_bytes(*entry);
    if (const auto seal = get_seal(reader_, leaf)) return to_bytes(encode(*seal));
    return std::nullopt;
}

std::optional<BytesView> EntrySource::transaction(const TxOutcome& outcome) {
    if (!load(batch_key(outcome.lane, outcome.seq, outcome.batch))) return std::nullopt;
    CT_ASSERT(outcome.offset <= batch_.size() && outcome.length <= batch_.size() - outcome.offset);
    return BytesView(batch_).subspan(outcome.offset, outcome.length);
}

std::optional<EntryView> get_entry(const Reader& reader, std::uint64_t index) {
    return EntrySource(reader).get(index);
}

Bytes entry_leaf_bytes(const EntryView& entry) {
    const EntryHead head{.kind = static_cast<std::uint8_t>(entry.kind),
                         .verdict = entry.verdict,
                         .flags = entry.flags,
                         .height = entry.height,
                         .commit_time_us = entry.time_us,
                         .tx_id = entry.tx_id,
                         .position = entry.position,
                         .length = static_cast<std::uint32_t>(entry.event_bytes.size()),
                         .granted_until = entry.granted_until};
    return encode_entry(head, entry.event_bytes);
}

std::optional<Seal> get_seal(const Reader& reader, std::uint64_t index) {
    const auto row = reader.get(Table::seal, entry_key(index));
    if (!row) return std::nullopt;
    auto seal = decode_seal(*row);
    CT_ASSERT(seal.has_value());
    return *seal;
}

std::optional<TxOutcome> get_outcome(const Reader& reader, const TxId& id) {
    const auto row = reader.get(Table::transaction, id.view());
    if (!row) return std::nullopt;
    auto outcome = decode_tx_outcome(*row);
    CT_ASSERT(outcome.has_value());
    return std::move(*outcome);
}

std::optional<Bytes> get_transaction(const Reader& reader, const TxOutcome& outcome) {
    EntrySource source(reader);
    const auto bytes = source.transaction(outcome);
    if (!bytes) return std::nullopt;
    return to_bytes(*bytes);
}

AccessView make_access_view(EntryView entry) {
    AccessView view;
    auto event = parse_event(as_text(entry.event_bytes));
    CT_ASSERT(event.has_value() && is_access(event->kind));
    view.event = std::move(*event);
    view.verdict = verdict_name(verdict_of(entry.verdict));
    view.reasons = reason_codes(entry.flags);
    if (!view.reasons.empty()) view.reason = view.reasons.front();
    view.flags = flag_names(entry.flags);
    view.entry = std::move(entry);
    return view;
}

std::optional<AccessView> get_access(const Reader& reader, std::uint64_t index) {
    auto entry = get_entry(reader, index);
    if (!entry || !is_access(entry->kind)) return std::nullopt;
    return make_access_view(std::move(*entry));
}

std::optional<AccessView> find_access(const Reader& reader,
                                      const ConsentKey& consent,
                                      std::string_view event_id) {
    LeafQuery query;
    query.consent = consent;
    query.lifecycle = false;
    query.tree_size = UINT64_MAX;
    query.limit = find_access_page;
    EntrySource source(reader);
    for (std::size_t seen = 0; seen < find_access_events_max;) {
        const LeafPage page = list_leaves(reader, query);
        for (const std::uint64_t leaf : page.leaves) {
            auto entry = source.get(leaf);
            if (!entry) continue;
            // A cheap look before the event is parsed.
            if (as_text(entry->event_bytes).find(event_id) == std::string_view::npos) continue;
            AccessView view = make_access_view(std::move(*entry));
            if (view.event.access().event_id == event_id) return view;
        }
        if (!page.next) break;
        query.from = page.next;
        seen += page.leaves.size() + 1;
    }
    return std::nullopt;
}

}  // namespace consentree::ledger
