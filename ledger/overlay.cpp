#include "ledger/overlay.h"

#include "common/assert.h"
#include "common/codec.h"
#include "ledger/map_fn.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

// Uses that were made at start or later and given back.
std::uint64_t returned_since(const ConsentState& state, TimeMs start) {
    const auto& times = state.returned_times;
    return static_cast<std::uint64_t>(times.end() - std::ranges::lower_bound(times, start));
}

}  // namespace

Overlay::Overlay(const Reader& before, Consents* recent, SchemeMemory* schemes)
    : before_(before),
      recent_(recent),
      sessions_(before, decode_session),
      restrictions_(before, decode_restrictions),
      parties_(before, decode_party),
      agreements_(before, decode_agreement),
      policies_(before, decode_policy_state),
      policy_documents_(before, decode_policy_document),
      recurring_(before, decode_recurring),
      schemes_(schemes) {
    if (const auto row = before.get(Table::state, counter_key())) {
        consentree::Reader in(*row);
        consents_ = in.u64();
        CT_ASSERT(in.finish().has_value());
    }
    consents_before_ = consents_kept_ = consents_;
}

Overlay::Slot& Overlay::consent(std::string_view issuer, std::string_view consent_id) {
    return consent(consent_key(issuer, consent_id));
}

Overlay::Slot& Overlay::consent(const ConsentKey& key) {
    Slot*& known = by_key_[key];
    if (known != nullptr) return *known;
    Slot& slot = slots_.emplace_back();
    known = &slot;
    slot.key = key;
    slot.exists = load(slot);
    return slot;
}

bool Overlay::load(Slot& slot) const {
    if (recent_ != nullptr) {
        if (auto known = recent_->take(slot.key)) {
            slot.consent = std::move(*known);
            return true;
        }
    }
    auto state = load_consent(before_, slot.key);
    if (!state) return false;
    const auto terms_of = [&](std::uint32_t version) {
        auto terms = load_terms(before_, slot.key, version);
        CT_ASSERT(terms.has_value());
        return std::make_shared<const Terms>(std::move(*terms));
    };
    slot.consent.terms = terms_of(state->version);
    if (state->pending_version != 0) slot.consent.pending = terms_of(state->pending_version);
    slot.consent.state = std::move(*state);
    return true;
}

void Overlay::keep_recent() {
    for (Slot& slot : slots_) {
        if (slot.exists) recent_->put(slot.key, std::move(slot.consent));
    }
}

Overlay::Slot& Overlay::change(const ConsentKey& key) {
    Slot& slot = consent(key);
    const bool is_noted = std::any_of(journal_.begin(), journal_.end(),
                                      [&](const auto& note) { return note.first == &slot; });
    if (!is_noted) journal_.emplace_back(&slot, slot);
    slot.changed = true;
    return slot;
}

void Overlay::keep() {
    journal_.clear();
    parties_.keep();
    agreements_.keep();
    policies_.keep();
    policy_documents_.keep();
    recurring_.keep();
    consents_kept_ = consents_;
}

void Overlay::roll_back() {
    for (auto& [slot, was] : journal_) *slot = std::move(was);
    journal_.clear();
    parties_.roll_back();
    agreements_.roll_back();
    policies_.roll_back();
    policy_documents_.roll_back();
    recurring_.roll_back();
    consents_ = consents_kept_;
}

void Overlay::count_event(Slot& slot, TimeMs time, Use use) {
    ConsentState& state = slot.consent.state;
    slot.changed = true;
    state.events += 1;
    if (use != Use::none) state.uses += 1;
    if (use != Use::unattended) return;
    state.rate_uses += 1;
    state.newest_uses.push_back(time);
    if (state.newest_uses.size() < uses_per_row) return;
    UsesRow row{};
    std::ranges::copy(state.newest_uses, row.begin());
    slot.full_uses.emplace_back(state.rate_uses / uses_per_row - 1, row);
    state.newest_uses.clear();
}

TimeMs Overlay::use_time(Slot& slot, std::uint64_t place) const {
    const ConsentState& state = slot.consent.state;
    const std::uint64_t number = place / uses_per_row;
    const std::size_t at = place % uses_per_row;
    const std::uint64_t rows = state.rate_uses / uses_per_row;
    if (number == rows) return state.newest_uses.at(at);
    const std::uint64_t stored = rows - slot.full_uses.size();
    if (number >= stored) return slot.full_uses.at(number - stored).second[at];
    if (!slot.row_at_hand || slot.row_at_hand->first != number) {
        slot.row_at_hand.emplace(number, load_uses(before_, slot.key, number));
    }
    return slot.row_at_hand->second[at];
}

// Uses are in order of block time, so the first of a window is found by halving.
Overlay::WindowUses Overlay::window_uses(Slot& slot, TimeMs start) const {
    const ConsentState& state = slot.consent.state;
    std::uint64_t low = 0, high = state.rate_uses;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (use_time(slot, middle) < start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return {low, state.rate_uses - low - returned_since(state, start)};
}

// It is full if the use that many places from the end is in the window.
bool Overlay::is_window_full(Slot& slot, TimeMs start, std::uint64_t count) const {
    const ConsentState& state = slot.consent.state;
    const std::uint64_t with_returned = count + returned_since(state, start);
    return with_returned <= state.rate_uses &&
           use_time(slot, state.rate_uses - with_returned) >= start;
}

const Restrictions* Overlay::find_restrictions(std::string_view subject) {
    if (!had_restrictions_) {
        had_restrictions_ = false;
        const Bytes from = named_key(StateKind::restrictions, "");
        Bytes until = from;
        until[0] += 1;
        before_.scan(Table::state, from, until, Direction::ascending, [this](auto, auto) {
            had_restrictions_ = true;
            return false;
        });
    }
    if (!*had_restrictions_ && restrictions_.is_untouched()) return nullptr;
    const auto& row = restrictions(subject);
    return row.exists ? &row.value : nullptr;
}

const std::optional<KeyState>& Overlay::key(const PublicKey& key) {
    const auto [at, is_new] = keys_.try_emplace(key);
    if (is_new) at->second = load_key(before_, key);
    return at->second;
}

void Overlay::collect_consent(WriteSet& writes, const Slot& slot) const {
    writes.push_back({Table::state, consent_state_key(slot.key), encode(slot.consent.state)});
    for (const auto& [number, row] : slot.full_uses) {
        writes.push_back({Table::uses, uses_key(slot.key, number), encode(row)});
    }
    const std::uint64_t number = slot.consent.state.number;
    for (const auto& terms : slot.new_terms) {
        const ConsentRecord& record = terms->record;
        const auto list = [&](StateKind kind, std::string_view label) {
            writes.push_back(
                {Table::state, list_key(kind, label_id(label), number), to_bytes(slot.key.view())});
        };
        writes.push_back({Table::state, terms_key(slot.key, record.version), encode(*terms)});
        if (record.version == 1) {
            writes.push_back({Table::state, number_key(number), to_bytes(slot.key.view())});
            list(StateKind::by_subject, record.subject);
            list(StateKind::by_id, record.consent_id);
        }
        list(StateKind::by_provider, record.provider);
        for (const std::string& recipient : record.recipients) {
            list(StateKind::by_recipient, recipient);
        }
    }
}

void Overlay::collect_writes(WriteSet& writes) const {
    for (const Slot& slot : slots_) {
        if (slot.changed) collect_consent(writes, slot);
    }
    sessions_.collect_writes(writes);
    restrictions_.collect_writes(writes);
    parties_.collect_writes(writes);
    agreements_.collect_writes(writes);
    policies_.collect_writes(writes);
    policy_documents_.collect_writes(writes);
    recurring_.collect_writes(writes);
    if (consents_ != consents_before_) {
        Writer out;
        out.u64(consents_);
        writes.push_back({Table::state, counter_key(), out.take()});
    }
}

}  // namespace consentree::ledger
