#include "consensus/stored_block.h"

#include "common/codec.h"
#include "common/limits.h"

namespace consentree::consensus {

Bytes encode(const StoredBlock& stored) {
    Writer writer;
    writer.blob(stored.block);
    writer.blob(stored.finalization);
    return writer.take();
}

Result<StoredBlock> decode_stored_block(BytesView bytes) {
    Reader reader(bytes);
    StoredBlock stored;
    stored.block = to_bytes(reader.blob(limits::payload_bytes + 1024));
    stored.finalization = to_bytes(reader.blob(limits::validators_max * 128));
    if (auto end = reader.finish(); !end) return end.error();
    return stored;
}

Bytes block_key(Height height) {
    Writer writer;
    writer.u64(height);
    return writer.take();
}

}  // namespace consentree::consensus
