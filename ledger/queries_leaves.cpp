// Lists of leaves: the log of an index key, or all entries.
#include "common/assert.h"
#include "common/codec.h"
#include "ledger/entry_source.h"
#include "ledger/key_log.h"
#include "ledger/state_keys.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

// How much is read per call. A list that needs more goes on at its next.
constexpr std::size_t rows_per_call = 256;
constexpr std::size_t items_per_call = 8192;

class LeafLister {
public:
    LeafLister(const Reader& reader, const LeafQuery& query)
        : reader_(reader),
          query_(query),
          is_ascending_(query.direction == Direction::ascending),
          from_(query.from.value_or(is_ascending_ ? 0 : UINT64_MAX)) {
        if (!is_ascending_ && query.tree_size != 0) from_ = std::min(from_, query.tree_size - 1);
    }

    LeafPage run() {
        if (!is_ascending_ && query_.tree_size == 0) return {};
        if (query_.consent) {
            key_log(map_key(IndexKey::consent, *query_.consent));
        } else if (!query_.subject.empty()) {
            key_log(map_key(IndexKey::subject, label_id(query_.subject)));
        } else if (!query_.actor.empty()) {
            key_log(map_key(IndexKey::actor, label_id(query_.actor)));
        } else if (!query_.provider.empty()) {
            key_log(map_key(IndexKey::provider, label_id(query_.provider)));
        } else {
            entries();
        }
        if (is_ascending_ && page_.next && *page_.next >= query_.tree_size) page_.next.reset();
        return std::move(page_);
    }

private:
    bool is_before(std::uint64_t a, std::uint64_t b) const { return is_ascending_ ? a < b : a > b; }
    bool is_wanted(EventKind kind) const {
        if (query_.kind) return kind == *query_.kind;
        // Under an institution stand the consents that name it too; its lists are of accesses.
        const bool is_of_institution = !query_.actor.empty() || !query_.provider.empty();
        if (is_access(kind)) return query_.access;
        return query_.lifecycle && !is_of_institution;
    }

    // False at the end of the page.
    bool take(std::uint64_t leaf, EventKind kind) {
        if (is_before(leaf, from_)) return true;
        if (leaf >= query_.tree_size) return !is_ascending_;
        if (!is_wanted(kind)) return true;
        if (page_.leaves.size() == query_.limit) {
            page_.next = leaf;
            return false;
        }
        page_.leaves.push_back(leaf);
        return true;
    }

    void key_log(const Hash& key) {
        const auto head = find_key_log(reader_, key);
        if (!head) return;
        const std::uint64_t count = head->value.count;
        const std::uint64_t after = from_ == UINT64_MAX ? from_ : from_ + (is_ascending_ ? 0 : 1);
        const std::uint64_t before = items_before(reader_, *head, after);
        if (is_ascending_ ? before == count : before == 0) return;
        std::size_t read = 0;
        scan_key_log(reader_, *head, is_ascending_ ? before : before - 1, query_.direction,
                     [&](std::uint64_t, const KeyLogItem& item) {
                         if (read++ == items_per_call) {
                             page_.next = item.leaf;
                             return false;
                         }
                         return take(item.leaf, item.kind);
                     });
    }

    void entries() {
        const auto start = find_entry_row(reader_, from_);
        const Bytes from = is_ascending_ ? entry_key(start ? start->first_leaf : from_) : Bytes();
        const Bytes until = is_ascending_ || from_ == UINT64_MAX ? Bytes() : entry_key(from_ + 1);
        std::size_t read = 0;
        reader_.scan(Table::entry, from, until, query_.direction,
                     [&](BytesView key, BytesView value) {
                         consentree::Reader in(key);
                         const std::uint64_t first = in.u64();
                         const auto row = decode_entry_row(value);
                         CT_ASSERT(row.has_value() && !row->items.empty());
                         const std::size_t count = row->items.size();
                         if (read++ == rows_per_call) {
                             page_.next = is_ascending_ ? first : first + count - 1;
                             return false;
                         }
                         for (std::size_t k = 0; k < count; ++k) {
                             const std::size_t at = is_ascending_ ? k : count - 1 - k;
                             if (!take(first + at, row->items[at].kind)) return false;
                         }
                         return true;
                     });
    }

    const Reader& reader_;
    const LeafQuery& query_;
    bool is_ascending_;
    std::uint64_t from_;
    LeafPage page_;
};

}  // namespace

LeafPage list_leaves(const Reader& reader, const LeafQuery& query) {
    return LeafLister(reader, query).run();
}

}  // namespace consentree::ledger
