#include "ledger/state_keys.h"

#include "common/codec.h"

namespace consentree::ledger {
namespace {

Writer start(StateKind kind) {
    Writer out;
    out.u8(static_cast<std::uint8_t>(kind));
    return out;
}

}  // namespace

Bytes counter_key() {
    return start(StateKind::counter).take();
}

Bytes key_key(const PublicKey& key) {
    Writer out = start(StateKind::key);
    out.fixed(key);
    return out.take();
}

Bytes institution_key(std::string_view id) {
    Writer out = start(StateKind::institution);
    out.raw(as_bytes(id));
    return out.take();
}

Bytes consent_state_key(const ConsentKey& consent) {
    Writer out;
    out.reserve(33);
    out.u8(static_cast<std::uint8_t>(StateKind::consent));
    out.fixed(consent);
    return out.take();
}

Bytes terms_key(const ConsentKey& consent, std::uint32_t version) {
    Writer out;
    out.reserve(37);
    out.u8(static_cast<std::uint8_t>(StateKind::terms));
    out.fixed(consent);
    out.u32(version);
    return out.take();
}

Bytes session_key(const Hash& scope, std::string_view session_id) {
    Writer out;
    out.reserve(17 + session_id.size());
    out.u8(static_cast<std::uint8_t>(StateKind::session));
    out.raw(scope.view().first(16));
    out.raw(as_bytes(session_id));
    return out.take();
}

Bytes named_key(StateKind kind, std::string_view name) {
    Writer out;
    out.reserve(1 + name.size());
    out.u8(static_cast<std::uint8_t>(kind));
    out.raw(as_bytes(name));
    return out.take();
}

Bytes hash_key(StateKind kind, const Hash& hash) {
    Writer out = start(kind);
    out.fixed(hash);
    return out.take();
}

Bytes number_key(std::uint64_t number) {
    Writer out = start(StateKind::by_number);
    out.u64(number);
    return out.take();
}

Bytes list_key(StateKind kind, const Hash& id, std::uint64_t number) {
    Writer out;
    out.reserve(41);
    out.u8(static_cast<std::uint8_t>(kind));
    out.fixed(id);
    out.u64(number);
    return out.take();
}

Bytes uses_key(const ConsentKey& consent, std::uint64_t number) {
    Writer out;
    out.reserve(40);
    out.fixed(consent);
    out.u64(number);
    return out.take();
}

Bytes entry_key(std::uint64_t first_leaf) {
    Writer out;
    out.u64(first_leaf);
    return out.take();
}

}  // namespace consentree::ledger
