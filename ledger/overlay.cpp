#include "ledger/overlay.h"

#include "common/assert.h"
#include "common/codec.h"
#include "ledger/map_fn.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

std::uint64_t count_rate_uses(const std::vector<ConsentEvent>& events, TimeMs until) {
    return static_cast<std::uint64_t>(
        std::count_if(events.begin(), events.end(), [until](const ConsentEvent& event) {
            return event.use == Use::unattended && event.time_ms < until;
        }));
}

}  // namespace

Overlay::Overlay(const Reader& before) : before_(before) {
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
    auto state = load_consent(before_, key);
    if (!state) return slot;
    slot.exists = true;
    slot.consent.state = std::move(*state);
    auto terms = load_terms(before_, key, slot.consent.state.version);
    CT_ASSERT(terms.has_value());
    slot.consent.terms = std::make_shared<const Terms>(std::move(*terms));
    if (slot.consent.state.pending_version != 0) {
        auto pending = load_terms(before_, key, slot.consent.state.pending_version);
        CT_ASSERT(pending.has_value());
        slot.consent.pending = std::make_shared<const Terms>(std::move(*pending));
    }
    return slot;
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
    consents_kept_ = consents_;
}

void Overlay::roll_back() {
    for (auto& [slot, was] : journal_) *slot = std::move(was);
    journal_.clear();
    consents_ = consents_kept_;
}

void Overlay::add_to_log(Slot& slot, const ConsentEvent& event) {
    ConsentState& state = slot.consent.state;
    if (state.tail.size() == consent_chunk_events) {
        ConsentChunk chunk{state.tail_rate_uses_before, std::move(state.tail)};
        state.tail.clear();
        state.tail_rate_uses_before = state.rate_uses;
        slot.full_chunks.emplace_back(state.events / consent_chunk_events - 1, std::move(chunk));
    }
    state.tail.push_back(event);
    state.events += 1;
    if (event.use != Use::none) state.uses += 1;
    if (event.use == Use::unattended) state.rate_uses += 1;
    slot.changed = true;
}

std::uint64_t Overlay::window_uses(Slot& slot, TimeMs start) const {
    const ConsentState& state = slot.consent.state;
    if (!slot.rate_uses_before_window) slot.rate_uses_before_window = rate_uses_before(slot, start);
    const auto& returned = state.returned_times;
    const auto returned_in_window = static_cast<std::uint64_t>(
        returned.end() - std::lower_bound(returned.begin(), returned.end(), start));
    return state.rate_uses - *slot.rate_uses_before_window - returned_in_window;
}

// Uses are in order of block time, so the window's start is found by halving the chunks.
std::uint64_t Overlay::rate_uses_before(const Slot& slot, TimeMs start) const {
    const ConsentState& state = slot.consent.state;
    const bool is_in_tail = !state.tail.empty() && state.tail.front().time_ms < start;
    if (is_in_tail || state.tail_rate_uses_before == 0) {
        return state.tail_rate_uses_before + count_rate_uses(state.tail, start);
    }
    const std::uint64_t chunk_count = (state.events - state.tail.size()) / consent_chunk_events;
    const auto load = [&](std::uint64_t number) {
        for (const auto& [filled, chunk] : slot.full_chunks) {
            if (filled == number) return chunk;
        }
        return load_chunk(before_, slot.key, number);
    };
    // Find the last chunk whose first event is before the start.
    std::uint64_t low = 0, high = chunk_count;
    std::optional<ConsentChunk> found;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        ConsentChunk chunk = load(middle);
        if (chunk.events.front().time_ms < start) {
            found = std::move(chunk);
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (!found) return 0;
    return found->rate_uses_before + count_rate_uses(found->events, start);
}

Overlay::Session& Overlay::session(const Bytes& key) {
    const auto known = by_session_.find(as_text(key));
    if (known != by_session_.end()) return *known->second;
    auto& [stored_key, session] = sessions_.emplace_back(key, Session{});
    if (auto state = load_session(before_, key)) {
        session.state = *state;
        session.exists = true;
    }
    by_session_.emplace(as_text(stored_key), &session);
    return session;
}

const std::optional<KeyState>& Overlay::key(const PublicKey& key) {
    const auto [at, is_new] = keys_.try_emplace(key);
    if (is_new) at->second = load_key(before_, key);
    return at->second;
}

void Overlay::collect_consent(WriteSet& writes, const Slot& slot) const {
    writes.push_back({Table::state, consent_state_key(slot.key), encode(slot.consent.state)});
    for (const auto& [number, chunk] : slot.full_chunks) {
        writes.push_back({Table::index, chunk_key(slot.key, number), encode(chunk)});
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
    for (const auto& [key, session] : sessions_) {
        if (session.changed) writes.push_back({Table::state, key, encode(session.state)});
    }
    if (consents_ != consents_before_) {
        Writer out;
        out.u64(consents_);
        writes.push_back({Table::state, counter_key(), out.take()});
    }
}

}  // namespace consentree::ledger
