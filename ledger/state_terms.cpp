// The row of one version of a consent.
#include "ledger/state.h"

#include "common/codec.h"
#include "ledger/state_rows.h"

namespace consentree::ledger {
namespace {

using ledger::put;

TimeUnit take_unit(consentree::Reader& in) {
    const std::uint8_t unit = in.u8();
    if (unit < 1 || unit > 4) in.fail(Errc::malformed);
    return static_cast<TimeUnit>(unit);
}

void put(Writer& out, const Fetch& fetch) {
    out.boolean(fetch.once);
    out.u32(fetch.count);
    out.u8(static_cast<std::uint8_t>(fetch.unit));
    out.u8(static_cast<std::uint8_t>(fetch.window));
    out.boolean(fetch.states_window);
}

Fetch take_fetch(consentree::Reader& in) {
    Fetch fetch;
    fetch.once = in.boolean();
    fetch.count = in.u32();
    fetch.unit = take_unit(in);
    const std::uint8_t window = in.u8();
    if (window < 1 || window > 3) in.fail(Errc::malformed);
    fetch.window = static_cast<Window>(window);
    fetch.states_window = in.boolean();
    return fetch;
}

void put(Writer& out, const Retention& retention) {
    out.u8(static_cast<std::uint8_t>(retention.basis));
    out.boolean(retention.is_infinite);
    out.u8(static_cast<std::uint8_t>(retention.unit));
    out.u32(retention.value);
    put(out, retention.until);
}

Retention take_retention(consentree::Reader& in) {
    Retention retention;
    const std::uint8_t basis = in.u8();
    if (basis < 1 || basis > 3) in.fail(Errc::malformed);
    retention.basis = static_cast<Retention::Basis>(basis);
    retention.is_infinite = in.boolean();
    retention.unit = take_unit(in);
    retention.value = in.u32();
    retention.until = take_time(in);
    return retention;
}

}  // namespace

Bytes encode(const Terms& terms) {
    const ConsentRecord& record = terms.record;
    Writer out;
    out.reserve(512);
    out.u64(terms.leaf);
    out.u64(static_cast<std::uint64_t>(terms.recorded_ms));
    out.u64(terms.height);
    out.boolean(terms.is_renewal);
    out.text(record.consent_id);
    out.text(record.issuer);
    out.u32(record.version);
    out.text(record.supersedes);
    out.text(record.subject);
    out.u32(static_cast<std::uint32_t>(record.grantors.size()));
    for (const Grantor& grantor : record.grantors) {
        out.text(grantor.party);
        out.text(grantor.capacity);
        put(out, grantor.authority_until);
    }
    out.u32(record.threshold);
    out.text(record.subject_kind);
    out.text(record.provider);
    put(out, record.recipients);
    put(out, record.onward);
    out.text(record.manager);
    out.text(record.scheme);
    out.text(record.template_id);
    out.text(record.agreement);
    put(out, record.purposes);
    out.text(record.legal_basis);
    out.text(record.special_basis);
    put(out, record.categories);
    out.boolean(record.resources.all);
    put(out, record.resources.labels);
    put(out, record.actions);
    out.u64(static_cast<std::uint64_t>(record.valid_from));
    put(out, record.valid_until);
    put(out, record.data_from);
    put(out, record.data_until);
    put(out, record.fetch);
    out.boolean(record.max_uses.has_value());
    if (record.max_uses) out.u32(*record.max_uses);
    put(out, record.retention);
    put(out, record.geo_limit);
    out.boolean(record.needs_review);
    out.u32(terms.scheme_version);
    put(out, terms.written);
    out.boolean(terms.exceeds_limits);
    return out.take();
}

Result<Terms> decode_terms(BytesView bytes) {
    consentree::Reader in(bytes);
    Terms terms;
    ConsentRecord& record = terms.record;
    terms.leaf = in.u64();
    terms.recorded_ms = static_cast<TimeMs>(in.u64());
    terms.height = in.u64();
    terms.is_renewal = in.boolean();
    record.consent_id = in.text(row_text_bytes_max);
    record.issuer = in.text(row_text_bytes_max);
    record.version = in.u32();
    record.supersedes = in.text(row_text_bytes_max);
    record.subject = in.text(row_text_bytes_max);
    record.grantors.resize(in.count(row_items_max, 9));
    for (Grantor& grantor : record.grantors) {
        grantor.party = in.text(row_text_bytes_max);
        grantor.capacity = in.text(row_text_bytes_max);
        grantor.authority_until = take_time(in);
    }
    record.threshold = in.u32();
    record.subject_kind = in.text(row_text_bytes_max);
    record.provider = in.text(row_text_bytes_max);
    record.recipients = take_items(in);
    record.onward = take_items(in);
    record.manager = in.text(row_text_bytes_max);
    record.scheme = in.text(row_text_bytes_max);
    record.template_id = in.text(row_text_bytes_max);
    record.agreement = in.text(row_text_bytes_max);
    record.purposes = take_items(in);
    record.legal_basis = in.text(row_text_bytes_max);
    record.special_basis = in.text(row_text_bytes_max);
    record.categories = take_items(in);
    record.resources.all = in.boolean();
    record.resources.labels = take_items(in);
    record.actions = take_items(in);
    record.valid_from = static_cast<TimeMs>(in.u64());
    record.valid_until = take_time(in);
    record.data_from = take_time(in);
    record.data_until = take_time(in);
    record.fetch = take_fetch(in);
    if (in.boolean()) record.max_uses = in.u32();
    record.retention = take_retention(in);
    record.geo_limit = take_items(in);
    record.needs_review = in.boolean();
    terms.scheme_version = in.u32();
    terms.written = take_fetch(in);
    terms.exceeds_limits = in.boolean();
    if (const auto end = in.finish(); !end) return end.error();
    return terms;
}

}  // namespace consentree::ledger
