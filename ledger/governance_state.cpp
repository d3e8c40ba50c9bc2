#include "ledger/governance_state.h"

#include "common/assert.h"
#include "common/codec.h"
#include "common/limits.h"
#include "ledger/state_keys.h"
#include "ledger/state_rows.h"

namespace consentree::ledger {
namespace {

constexpr std::size_t name_bytes_max = 128;

void put(Writer& out, const std::vector<Hash>& hashes) {
    out.u32(static_cast<std::uint32_t>(hashes.size()));
    for (const Hash& hash : hashes) out.fixed(hash);
}

std::vector<Hash> take_hashes(consentree::Reader& in, std::size_t most) {
    std::vector<Hash> hashes(in.count(most, Hash::byte_count));
    for (Hash& hash : hashes) hash = in.fixed<Hash>();
    return hashes;
}

}  // namespace

std::string_view policy_type_name(PolicyType type) {
    if (type == PolicyType::mapping) return "mapping";
    return type == PolicyType::scheme ? "scheme" : "vocabulary";
}

Bytes encode(const PolicyState& policy) {
    Writer out;
    out.u8(static_cast<std::uint8_t>(policy.type));
    put(out, policy.versions);
    put(out, policy.proposals);
    return out.take();
}

Result<PolicyState> decode_policy_state(BytesView bytes) {
    consentree::Reader in(bytes);
    PolicyState policy;
    const std::uint8_t type = in.u8();
    if (type < 1 || type > 3) in.fail(Errc::malformed);
    policy.type = static_cast<PolicyType>(type);
    policy.versions = take_hashes(in, policy_versions_max);
    policy.proposals = take_hashes(in, policy_proposals_max);
    if (const auto end = in.finish(); !end) return end.error();
    return policy;
}

Bytes encode(const PolicyDocument& document) {
    Writer out;
    out.text(document.json);
    out.u32(document.version);
    out.u64(document.leaf);
    out.text(document.proposed_by);
    out.u64(static_cast<std::uint64_t>(document.proposed_ms));
    out.u64(document.approved);
    out.u64(static_cast<std::uint64_t>(document.in_force_ms));
    out.u64(document.in_force_height);
    out.u64(document.in_force_leaf);
    return out.take();
}

Result<PolicyDocument> decode_policy_document(BytesView bytes) {
    consentree::Reader in(bytes);
    PolicyDocument document;
    document.json = in.text(limits::event_bytes);
    document.version = in.u32();
    document.leaf = in.u64();
    document.proposed_by = in.text(name_bytes_max);
    document.proposed_ms = static_cast<TimeMs>(in.u64());
    document.approved = in.u64();
    document.in_force_ms = static_cast<TimeMs>(in.u64());
    document.in_force_height = in.u64();
    document.in_force_leaf = in.u64();
    if (const auto end = in.finish(); !end) return end.error();
    return document;
}

Bytes encode(const RecurringConsent& recurring) {
    return to_bytes(recurring.consent.view());
}

Result<RecurringConsent> decode_recurring(BytesView bytes) {
    consentree::Reader in(bytes);
    RecurringConsent recurring{in.fixed<ConsentKey>()};
    if (const auto end = in.finish(); !end) return end.error();
    return recurring;
}

std::optional<PolicyState> load_policy(const Reader& reader, std::string_view id) {
    return load(reader, named_key(StateKind::policy, id), decode_policy_state);
}

std::optional<PolicyDocument> load_policy_document(const Reader& reader, const Hash& sha256) {
    return load(reader, hash_key(StateKind::document, sha256), decode_policy_document);
}

}  // namespace consentree::ledger
