#include "ledger/state.h"

#include "common/assert.h"
#include "common/codec.h"
#include "common/hash.h"
#include "common/limits.h"
#include "ledger/state_keys.h"
#include "ledger/state_rows.h"
#include "ledger/verdict.h"

namespace consentree::ledger {
namespace {

std::int64_t signed_of(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}
std::uint64_t unsigned_of(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

Use decode_use(consentree::Reader& in) {
    const std::uint8_t use = in.u8();
    if (use > 2) in.fail(Errc::malformed);
    return static_cast<Use>(use);
}

}  // namespace

Bytes encode(const ConsentState& state) {
    Writer out;
    out.reserve(128 + (state.returned_times.size() + state.newest_uses.size()) * 8);
    out.u64(state.number);
    out.u8(static_cast<std::uint8_t>(state.status));
    out.u32(state.version);
    out.u32(state.latest_version);
    out.u32(state.pending_version);
    out.u64(state.authorised);
    out.u64(state.pending_authorised);
    out.u64(unsigned_of(state.status_since_ms));
    out.u64(state.superseded_by);
    out.u64(unsigned_of(state.superseded_from_ms));
    out.u64(state.uses);
    out.u64(state.rate_uses);
    out.u64(state.returned);
    out.u32(static_cast<std::uint32_t>(state.returned_times.size()));
    for (const TimeMs time : state.returned_times) out.u64(unsigned_of(time));
    out.u64(state.events);
    put(out, state.added_resources);
    put(out, state.removed_resources);
    for (const TimeMs time : state.newest_uses) out.u64(unsigned_of(time));
    return out.take();
}

Result<ConsentState> decode_consent_state(BytesView bytes) {
    consentree::Reader in(bytes);
    ConsentState state;
    state.number = in.u64();
    state.status = static_cast<ConsentStatus>(in.u8());
    if (status_name(state.status).empty()) in.fail(Errc::malformed);
    state.version = in.u32();
    state.latest_version = in.u32();
    state.pending_version = in.u32();
    state.authorised = in.u64();
    state.pending_authorised = in.u64();
    state.status_since_ms = signed_of(in.u64());
    state.superseded_by = in.u64();
    state.superseded_from_ms = signed_of(in.u64());
    state.uses = in.u64();
    state.rate_uses = in.u64();
    state.returned = in.u64();
    const std::uint32_t returned = in.count(returned_uses_max, 8);
    for (std::uint32_t k = 0; k < returned; ++k) {
        state.returned_times.push_back(signed_of(in.u64()));
    }
    state.events = in.u64();
    state.added_resources = take_items(in);
    state.removed_resources = take_items(in);
    state.newest_uses.reserve(uses_per_row);
    for (std::uint64_t k = 0; k < state.rate_uses % uses_per_row; ++k) {
        state.newest_uses.push_back(signed_of(in.u64()));
    }
    if (const auto end = in.finish(); !end) return end.error();
    return state;
}

Bytes encode(const UsesRow& row) {
    Writer out;
    for (const TimeMs time : row) out.u64(unsigned_of(time));
    return out.take();
}

Result<UsesRow> decode_uses_row(BytesView bytes) {
    consentree::Reader in(bytes);
    UsesRow row;
    for (TimeMs& time : row) time = signed_of(in.u64());
    if (const auto end = in.finish(); !end) return end.error();
    return row;
}

Bytes encode(const SessionState& session) {
    Writer out;
    out.u64(session.request_leaf);
    out.u64(unsigned_of(session.first_ms));
    out.u16(session.verdict);
    out.u32(session.flags);
    out.u8(static_cast<std::uint8_t>(session.use));
    out.u64(unsigned_of(session.counted_ms));
    out.boolean(session.returned);
    out.boolean(session.delivered);
    out.u64(unsigned_of(session.delivered_ms));
    out.boolean(session.deleted);
    out.u64(unsigned_of(session.override_until_ms));
    put(out, session.data_from);
    put(out, session.data_until);
    return out.take();
}

Result<SessionState> decode_session(BytesView bytes) {
    consentree::Reader in(bytes);
    SessionState session;
    session.request_leaf = in.u64();
    session.first_ms = signed_of(in.u64());
    session.verdict = in.u16();
    session.flags = in.u32();
    session.use = decode_use(in);
    session.counted_ms = signed_of(in.u64());
    session.returned = in.boolean();
    session.delivered = in.boolean();
    session.delivered_ms = signed_of(in.u64());
    session.deleted = in.boolean();
    session.override_until_ms = signed_of(in.u64());
    session.data_from = take_time(in);
    session.data_until = take_time(in);
    if (const auto end = in.finish(); !end) return end.error();
    return session;
}

Bytes encode(const KeyState& key) {
    Writer out;
    out.text(key.institution);
    out.u8(key.roles);
    out.u64(key.since);
    return out.take();
}

Result<KeyState> decode_key_state(BytesView bytes) {
    consentree::Reader in(bytes);
    KeyState key;
    key.institution = in.text(64);
    key.roles = in.u8();
    key.since = in.u64();
    if (const auto end = in.finish(); !end) return end.error();
    return key;
}

Bytes encode(const InstitutionState& institution) {
    Writer out;
    out.text(institution.id);
    out.text(institution.name);
    out.u64(institution.since);
    return out.take();
}

Result<InstitutionState> decode_institution_state(BytesView bytes) {
    consentree::Reader in(bytes);
    InstitutionState institution;
    institution.id = in.text(64);
    institution.name = in.text(128);
    institution.since = in.u64();
    if (const auto end = in.finish(); !end) return end.error();
    return institution;
}

Bytes encode(const EntryRow& row) {
    Writer out;
    out.reserve(80 + row.items.size() * 19);
    out.u64(row.height);
    out.u64(row.time_us);
    out.fixed(row.tx_id);
    out.u16(row.batch.lane);
    out.u64(row.batch.seq);
    out.raw(row.batch.digest.view().first(8));
    out.u32(static_cast<std::uint32_t>(row.items.size()));
    for (const EntryRow::Item& item : row.items) {
        out.u32(item.position);
        out.u8(static_cast<std::uint8_t>(item.kind));
        out.u16(item.verdict);
        out.u32(item.flags);
        out.u32(item.offset);
        out.u32(item.length);
        CT_ASSERT(is_trimmed(item.flags) == item.granted_until.has_value());
        if (item.granted_until) out.u64(unsigned_of(*item.granted_until));
    }
    return out.take();
}

Result<EntryRow> decode_entry_row(BytesView bytes) {
    consentree::Reader in(bytes);
    EntryRow row;
    row.height = in.u64();
    row.time_us = in.u64();
    row.tx_id = in.fixed<TxId>();
    row.batch.lane = in.u16();
    row.batch.seq = in.u64();
    const BytesView digest = in.raw(8);
    std::copy(digest.begin(), digest.end(), row.batch.digest.bytes.begin());
    const std::uint32_t count = in.count(limits::transaction_events, 19);
    row.items.resize(count);
    for (EntryRow::Item& item : row.items) {
        item.position = in.u32();
        item.kind = static_cast<EventKind>(in.u8());
        item.verdict = in.u16();
        item.flags = in.u32();
        item.offset = in.u32();
        item.length = in.u32();
        if (is_trimmed(item.flags)) item.granted_until = signed_of(in.u64());
    }
    if (const auto end = in.finish(); !end) return end.error();
    return row;
}

std::optional<ConsentState> load_consent(const Reader& reader, const ConsentKey& key) {
    return load(reader, consent_state_key(key), decode_consent_state);
}

std::optional<Terms> load_terms(const Reader& reader,
                                const ConsentKey& key,
                                std::uint32_t version) {
    return load(reader, terms_key(key, version), decode_terms);
}

UsesRow load_uses(const Reader& reader, const ConsentKey& key, std::uint64_t number) {
    const auto row = reader.get(Table::uses, uses_key(key, number));
    CT_ASSERT(row.has_value());
    const auto uses = decode_uses_row(*row);
    CT_ASSERT(uses.has_value());
    return *uses;
}

std::optional<SessionState> load_session(const Reader& reader, BytesView session_key) {
    return load(reader, to_bytes(session_key), decode_session);
}

std::optional<KeyState> load_key(const Reader& reader, const PublicKey& key) {
    return load(reader, key_key(key), decode_key_state);
}

std::optional<InstitutionState> load_institution(const Reader& reader, std::string_view id) {
    return load(reader, institution_key(id), decode_institution_state);
}

}  // namespace consentree::ledger
