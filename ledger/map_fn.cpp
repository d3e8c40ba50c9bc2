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

unsigned mapfn_version(const Hash& mapfn) {
    if (mapfn == mapfn_hash()) return 3;
    if (mapfn == sha256(as_bytes("dsl/mapfn/v2\n"))) return 2;
    return mapfn == sha256(as_bytes("dsl/mapfn/v1\n")) ? 1 : 0;
}

}  // namespace consentree::ledger
