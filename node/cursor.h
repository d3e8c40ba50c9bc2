// Cursors of lists: opaque to clients, authenticated, bound to their list and pinned to the height
// of the first page. The key is random and lives as long as the process. Any thread.
#pragma once

#include "common/bytes.h"
#include "common/error.h"
#include "common/types.h"

#include <array>
#include <string>
#include <string_view>

namespace consentree::node {

struct Cursor {
    Height height = 0;            // As of which the list is answered.
    std::uint64_t tree_size = 0;  // At that height.
    std::uint64_t position = 0;   // Where the next page starts; the list knows of what.
    std::string after{};          // As above, of lists in order of ids: the last one shown.
};

class CursorKey {
public:
    CursorKey();
    // list names the path and its filters: a cursor of another list does not open.
    std::string seal(const Cursor& cursor, std::string_view list) const;
    Checked<Cursor> open(std::string_view text, std::string_view list) const;

private:
    Bytes mac(const Cursor& cursor, std::string_view list) const;
    std::array<std::uint8_t, 32> key_;
};

}  // namespace consentree::node
