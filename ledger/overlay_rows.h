// Rows of Table::state of one kind during the execution of a block: read once, changed in memory,
// written once. Private to the overlay.
#pragma once

#include "common/assert.h"
#include "ledger/state_keys.h"

#include <deque>
#include <unordered_map>

namespace consentree::ledger {

template <class T>
class OverlayRows {
public:
    struct Row {
        T value;
        bool exists = false;
        bool changed = false;
    };
    explicit OverlayRows(const Reader& before, Result<T> (*decode)(BytesView))
        : before_(before), decode_(decode) {}

    // Created empty if it is not there. The reference stays valid.
    Row& at(const Bytes& key) {
        const auto known = by_key_.find(as_text(key));
        if (known != by_key_.end()) return *known->second;
        auto& [stored_key, row] = rows_.emplace_back(key, Row{});
        if (const auto bytes = before_.get(Table::state, key)) {
            auto value = decode_(*bytes);
            CT_ASSERT(value.has_value());  // A row that this ledger wrote: the disk is broken.
            row.value = std::move(*value);
            row.exists = true;
        }
        by_key_.emplace(as_text(stored_key), &row);
        return row;
    }
    // As above, for a transaction that may yet be refused: roll_back() restores what it was.
    Row& change(const Bytes& key) {
        Row& row = at(key);
        journal_.emplace_back(&row, row);
        row.exists = row.changed = true;
        return row;
    }
    bool is_untouched() const { return rows_.empty(); }
    void keep() { journal_.clear(); }
    void roll_back() {
        while (!journal_.empty()) {
            *journal_.back().first = std::move(journal_.back().second);
            journal_.pop_back();
        }
    }
    // In the order in which they were first touched. A row that no longer exists is deleted.
    void collect_writes(WriteSet& writes) const {
        for (const auto& [key, row] : rows_) {
            if (!row.changed) continue;
            writes.push_back({Table::state, key,
                              row.exists ? std::optional<Bytes>(encode(row.value)) : std::nullopt});
        }
    }

private:
    const Reader& before_;
    Result<T> (*decode_)(BytesView);
    std::deque<std::pair<Bytes, Row>> rows_;
    std::unordered_map<std::string_view, Row*> by_key_;
    std::vector<std::pair<Row*, Row>> journal_;
};

}  // namespace consentree::ledger
