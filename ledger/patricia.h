// The map of the index: a Merkle Patricia tree over SHA-256. Rules only, for nodes and for the
// offline verifier: how nodes are hashed and when a proof holds. Pure functions, any thread.
// A key's bits count from the highest bit of its first byte; after its last byte a key goes on as
// 00 FF FF ..., so that no two keys are the same string of bits.
//
//   empty  = SHA-256("")
//   leaf   = SHA-256(0x00 || varint(key size) || key || varint(value size) || value)
//   inner  = SHA-256(0x01 || varint(bit) || left || right), bit: the first one where keys differ
//   presence proof = (varint(bit) || sibling)..., from the leaf up, bits strictly decreasing
//   absence proof  = varint(key size) || key || varint(value size) || value || presence proof, of
//                    the leaf where a search for the absent key ends; of the empty map: no bytes
#pragma once

#include "common/error.h"
#include "common/hash.h"

namespace consentree::ledger {

// Longer keys and values have no proofs.
inline constexpr std::size_t patricia_bytes_max = 1024;

Hash patricia_empty();
Hash patricia_leaf(BytesView key, BytesView value);
Hash patricia_node(std::size_t bit, const Hash& left, const Hash& right);
bool patricia_bit(BytesView key, std::size_t bit);
// LEB128: seven bits a byte, the lowest first, as few bytes as the value needs.
void append_varint(Bytes& out, std::size_t value);

// Errc::malformed for what is no proof at all (bytes missing or left over, a varint that is not
// the shortest, bits that do not decrease or that no key has), Errc::proof_failed for one that
// does not hold under the root.
Result<void> verify_presence(const Hash& root, BytesView key, BytesView value, BytesView proof);
Result<void> verify_absence(const Hash& root, BytesView key, BytesView proof);

}  // namespace consentree::ledger
