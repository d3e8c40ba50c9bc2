// The rows of what stands beside the consents: restrictions, parties, agreements.
#include "ledger/state.h"

#include "common/codec.h"
#include "ledger/state_rows.h"

namespace consentree::ledger {
namespace {

void put_version(Writer& out, const AgreementVersion& version) {
    out.u32(version.version);
    out.text(version.sha256);
    out.u64(version.leaf);
    put(out, version.terms.parties);
    put(out, version.terms.purposes);
    put(out, version.terms.categories);
    out.u64(static_cast<std::uint64_t>(version.terms.valid_from));
    out.boolean(version.terms.valid_until.has_value());
    if (version.terms.valid_until) {
        out.u64(static_cast<std::uint64_t>(*version.terms.valid_until));
    }
}

AgreementVersion take_version(consentree::Reader& in) {
    AgreementVersion version;
    version.version = in.u32();
    version.sha256 = in.text(row_text_bytes_max);
    version.leaf = in.u64();
    version.terms.parties = take_items(in);
    version.terms.purposes = take_items(in);
    version.terms.categories = take_items(in);
    version.terms.valid_from = static_cast<TimeMs>(in.u64());
    if (in.boolean()) version.terms.valid_until = static_cast<TimeMs>(in.u64());
    return version;
}

}  // namespace

bool is_in_force(const AgreementState& agreement, TimeMs time) {
    const AgreementTerms& terms = agreement.in_force.terms;
    const bool is_over = agreement.ended_ms != 0 && time >= agreement.ended_ms;
    return agreement.in_force.version != 0 && !is_over && time >= terms.valid_from &&
           (!terms.valid_until || time < *terms.valid_until);
}

Bytes encode(const Restrictions& restrictions) {
    Writer out;
    out.u32(static_cast<std::uint32_t>(restrictions.size()));
    for (const Restriction& one : restrictions) {
        out.text(one.institution);
        out.text(one.request);
    }
    return out.take();
}

Result<Restrictions> decode_restrictions(BytesView bytes) {
    consentree::Reader in(bytes);
    Restrictions restrictions(in.count(restrictions_max, 8));
    for (Restriction& one : restrictions) {
        one.institution = in.text(row_text_bytes_max);
        one.request = in.text(row_text_bytes_max);
    }
    if (const auto end = in.finish(); !end) return end.error();
    return restrictions;
}

Bytes encode(const PartyState& party) {
    Writer out;
    out.text(party.registered_by);
    out.u64(party.leaf);
    out.u32(party.versions);
    out.u64(party.since);
    return out.take();
}

Result<PartyState> decode_party(BytesView bytes) {
    consentree::Reader in(bytes);
    PartyState party;
    party.registered_by = in.text(row_text_bytes_max);
    party.leaf = in.u64();
    party.versions = in.u32();
    party.since = in.u64();
    if (const auto end = in.finish(); !end) return end.error();
    return party;
}

Bytes encode(const AgreementState& agreement) {
    Writer out;
    put_version(out, agreement.in_force);
    put_version(out, agreement.proposed);
    out.u64(agreement.accepted);
    out.u64(static_cast<std::uint64_t>(agreement.ended_ms));
    return out.take();
}

Result<AgreementState> decode_agreement(BytesView bytes) {
    consentree::Reader in(bytes);
    AgreementState agreement;
    agreement.in_force = take_version(in);
    agreement.proposed = take_version(in);
    agreement.accepted = in.u64();
    agreement.ended_ms = static_cast<TimeMs>(in.u64());
    if (const auto end = in.finish(); !end) return end.error();
    return agreement;
}

}  // namespace consentree::ledger
