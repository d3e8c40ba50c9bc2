// A row of Table::block: a committed block as it was agreed, and the certificate that made it
// final. Read and written by the committer, catch-up and the audit.
#pragma once

#include "common/bytes.h"
#include "common/error.h"
#include "common/types.h"

namespace consentree::consensus {

// The encoded block, and its encoded finalization or nothing: a descendant's covers it then.
struct StoredBlock {
    Bytes block;
    Bytes finalization;
};
Bytes encode(const StoredBlock& stored);
Result<StoredBlock> decode_stored_block(BytesView bytes);
// Height u64.
Bytes block_key(Height height);

}  // namespace consentree::consensus
