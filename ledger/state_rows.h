// What the rows of Table::state have in common. Private to state*.cpp and governance_state.cpp.
#pragma once

#include "common/assert.h"
#include "common/codec.h"
#include "ledger/tables.h"

#include <optional>
#include <string>

namespace consentree::ledger {

inline constexpr std::size_t row_items_max = 64;
inline constexpr std::size_t row_text_bytes_max = 128;

inline void put(Writer& out, const std::vector<std::string>& items) {
    out.u32(static_cast<std::uint32_t>(items.size()));
    for (const std::string& item : items) out.text(item);
}

inline std::vector<std::string> take_items(consentree::Reader& in) {
    std::vector<std::string> items(in.count(row_items_max, 4));
    for (std::string& item : items) item = in.text(row_text_bytes_max);
    return items;
}

inline void put(Writer& out, const std::optional<TimeMs>& time) {
    out.boolean(time.has_value());
    if (time) out.u64(static_cast<std::uint64_t>(*time));
}

inline std::optional<TimeMs> take_time(consentree::Reader& in) {
    if (!in.boolean()) return std::nullopt;
    return static_cast<TimeMs>(in.u64());
}

// A row that this ledger wrote and cannot read is a broken disk: the process must stop.
template <class T>
std::optional<T> load(const Reader& reader, const Bytes& key, Result<T> (*decode)(BytesView)) {
    const auto row = reader.get(Table::state, key);
    if (!row) return std::nullopt;
    auto value = decode(*row);
    CT_ASSERT(value.has_value());
    return std::move(*value);
}

}  // namespace consentree::ledger
