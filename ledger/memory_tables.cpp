#include "ledger/memory_tables.h"

#include <algorithm>

namespace consentree::ledger {

std::optional<Bytes> MemoryTables::get(Table table, BytesView key) const {
    const Rows& rows = rows_of(table);
    const auto row = rows.find(key);
    if (row == rows.end()) return std::nullopt;
    return row->second;
}

void MemoryTables::scan(
    Table table, BytesView from, BytesView until, Direction direction, const Visit& visit) const {
    const Rows& rows = rows_of(table);
    if (!until.empty() && !Less()(from, until)) return;
    const auto begin = rows.lower_bound(from);
    auto end = until.empty() ? rows.end() : rows.lower_bound(until);
    if (direction == Direction::ascending) {
        for (auto row = begin; row != end && visit(row->first, row->second); ++row) {
        }
        return;
    }
    while (end != begin) {
        --end;
        if (!visit(end->first, end->second)) return;
    }
}

void MemoryTables::apply(WriteSet writes) {
    for (Write& write : writes) {
        Rows& rows = rows_[static_cast<std::size_t>(write.table)];
        if (write.value) {
            rows.insert_or_assign(std::move(write.key), std::move(*write.value));
        } else {
            rows.erase(write.key);
        }
    }
}

}  // namespace consentree::ledger
