#include "node/cursor.h"

#include "common/codec.h"
#include "common/keys.h"

#include <sodium.h>

namespace consentree::node {

namespace {
constexpr std::size_t mac_bytes = 16;
constexpr std::size_t after_bytes_max = 128;
}  // namespace

CursorKey::CursorKey() {
    const Bytes random = random_bytes(key_.size());
    std::copy(random.begin(), random.end(), key_.begin());
}

Bytes CursorKey::mac(const Cursor& cursor, std::string_view list) const {
    Writer message;
    message.text("consentree/cursor/v2");
    message.u64(cursor.height);
    message.u64(cursor.tree_size);
    message.u64(cursor.position);
    message.text(cursor.after);
    message.text(list);
    Bytes tag(mac_bytes);
    crypto_generichash(tag.data(), tag.size(), message.bytes().data(), message.bytes().size(),
                       key_.data(), key_.size());
    return tag;
}

// Hexadecimal, so that it needs no escaping in an address: height, tree size, position u64 |
// mac[16] | after.
std::string CursorKey::seal(const Cursor& cursor, std::string_view list) const {
    Writer writer;
    writer.u64(cursor.height);
    writer.u64(cursor.tree_size);
    writer.u64(cursor.position);
    writer.raw(mac(cursor, list));
    writer.raw(as_bytes(cursor.after));
    return to_hex(writer.bytes());
}

Checked<Cursor> CursorKey::open(std::string_view text, std::string_view list) const {
    const Refusal refusal{"invalid-cursor", "the cursor is not one of this list", "", ""};
    constexpr std::size_t least = 2 * (24 + mac_bytes);
    if (text.size() < least || text.size() > least + 2 * after_bytes_max) return refusal;
    const auto bytes = from_hex(text);
    if (!bytes) return refusal;
    Reader reader(*bytes);
    Cursor cursor;
    cursor.height = reader.u64();
    cursor.tree_size = reader.u64();
    cursor.position = reader.u64();
    const BytesView tag = reader.raw(mac_bytes);
    cursor.after = as_text(reader.raw(reader.left()));
    if (!reader.finish() || sodium_memcmp(mac(cursor, list).data(), tag.data(), mac_bytes) != 0) {
        return refusal;
    }
    return cursor;
}

}  // namespace consentree::node
