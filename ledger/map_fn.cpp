#include "ledger/map_fn.h"

#include "common/hash.h"

namespace consentree::ledger {

Hash label_id(std::string_view label) {
    return sha256(as_bytes(label));
}

const Hash& mapfn_hash() {
    static const Hash hash = sha256(as_bytes("dsl/mapfn/v3\n"));
    return hash;
}

bool is_known_mapfn(const Hash& mapfn) {
    return mapfn == mapfn_hash() || mapfn == sha256(as_bytes("dsl/mapfn/v2\n")) ||
           mapfn == sha256(as_bytes("dsl/mapfn/v1\n"));
}

}  // namespace consentree::ledger
