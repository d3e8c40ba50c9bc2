// The first frame of each side of a peer session: who speaks, on which network, by which rules.
// Pure. The identity key is TLS's matter (node/tls.h); hello only has to agree with it.
#pragma once

#include "common/error.h"
#include "common/types.h"
#include "ledger/genesis.h"

namespace consentree::node {

inline constexpr std::uint16_t peer_protocol_version = 1;
inline constexpr std::size_t hello_bytes = 80;

// version u16 | network[32] | epoch u32 | validator u16 | validator-set hash[32] | height u64
struct Hello {
    std::uint16_t version = peer_protocol_version;
    Hash network;
    Epoch epoch = 1;
    ValidatorIndex validator = 0;
    Hash validator_set;
    Height height = 0;  // What the sender has committed; a hint, nothing is decided by it.
    bool operator==(const Hello&) const = default;
};
Bytes encode(const Hello& hello);
Result<Hello> decode_hello(BytesView bytes);

Hello make_hello(const ledger::Genesis& genesis, ValidatorIndex self);

// The first value on which two sides differ that must be the same.
struct HelloMismatch {
    std::string_view what;
    std::string ours, theirs;
};
// expected: the validator whose key the TLS session proved.
std::optional<HelloMismatch> check_hello(const Hello& ours,
                                         const Hello& theirs,
                                         ValidatorIndex expected);

}  // namespace consentree::node
