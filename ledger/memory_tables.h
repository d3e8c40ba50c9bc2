// The ledger's tables in memory. One thread; rows stay until they are written again.
#pragma once

#include "ledger/tables.h"

#include <map>

namespace consentree::ledger {

class MemoryTables final : public Reader {
public:
    std::optional<Bytes> get(Table table, BytesView key) const override;
    void scan(Table table,
              BytesView from,
              BytesView until,
              Direction direction,
              const Visit& visit) const override;
    void apply(WriteSet writes);

private:
    struct Less {
        using is_transparent = void;
        bool operator()(BytesView a, BytesView b) const {
            return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
        }
    };
    using Rows = std::map<Bytes, Bytes, Less>;
    const Rows& rows_of(Table table) const { return rows_[static_cast<std::size_t>(table)]; }

    Rows rows_[table_count];
};

}  // namespace consentree::ledger
