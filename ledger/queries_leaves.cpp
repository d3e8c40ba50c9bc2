// Lists of leaves: the log of a consent, the index rows of a key, all entries, and a subject's
// events merged from its consents.
#include "common/assert.h"
#include "common/codec.h"
#include "ledger/entry_source.h"
#include "ledger/state_keys.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

// Rows that one source reads per call. A list that needs more goes on at its next.
constexpr std::size_t rows_per_call = 256;

// What a source found: leaves in the query's direction, and the first leaf it did not look at.
struct Part {
    std::vector<std::uint64_t> leaves;
    std::optional<std::uint64_t> stop;
};

class LeafLister {
public:
    LeafLister(const Reader& reader, const LeafQuery& query)
        : reader_(reader),
          query_(query),
          is_ascending_(query.direction == Direction::ascending),
          from_(query.from.value_or(is_ascending_ ? 0 : UINT64_MAX)),
          wanted_(query.limit + 1) {
        if (!is_ascending_ && query.tree_size == 0) wanted_ = 0;
        if (!is_ascending_ && query.tree_size != 0) from_ = std::min(from_, query.tree_size - 1);
    }

    LeafPage run() {
        if (wanted_ == 0) return {};
        std::vector<Part> parts;
        if (query_.consent) {
            parts.push_back(consent_log(*query_.consent));
        } else if (!query_.subject.empty()) {
            parts = subject_parts();
        } else if (!query_.actor.empty()) {
            parts.push_back(index_rows(IndexKind::actor, index_id(query_.actor)));
        } else if (!query_.provider.empty()) {
            parts.push_back(index_rows(IndexKind::provider, index_id(query_.provider)));
        } else {
            parts.push_back(entries());
        }
        return merge(parts);
    }

private:
    bool is_before(std::uint64_t a, std::uint64_t b) const { return is_ascending_ ? a < b : a > b; }
    // At or after the start of the page and below the pinned size.
    bool is_in_page(std::uint64_t leaf) const {
        return !is_before(leaf, from_) && leaf < query_.tree_size;
    }
    bool is_wanted(EventKind kind) const {
        return is_access(kind) ? query_.access : query_.lifecycle;
    }
    template <class Items, class Visit>
    void each(const Items& items, const Visit& visit) const {
        if (is_ascending_) {
            for (auto item = items.begin(); item != items.end(); ++item) visit(*item);
        } else {
            for (auto item = items.rbegin(); item != items.rend(); ++item) visit(*item);
        }
    }

    Part consent_log(const ConsentKey& key) const {
        Part part;
        const auto state = load_consent(reader_, key);
        if (!state) return part;
        const std::uint64_t tail = (state->events - state->tail.size()) / consent_chunk_events;
        const auto events_of = [&](std::uint64_t chunk) {
            return chunk == tail ? state->tail : load_chunk(reader_, key, chunk).events;
        };
        std::uint64_t chunk = first_chunk(tail, events_of);
        for (std::size_t read = 0;; ++read) {
            const std::vector<ConsentEvent> events = events_of(chunk);
            if (read == rows_per_call || part.leaves.size() >= wanted_) {
                part.stop = is_ascending_ ? events.front().leaf : events.back().leaf;
                return part;
            }
            each(events, [&](const ConsentEvent& event) {
                if (is_in_page(event.leaf) && is_wanted(event.kind)) {
                    part.leaves.push_back(event.leaf);
                }
            });
            if (chunk == (is_ascending_ ? tail : 0)) return part;
            chunk = is_ascending_ ? chunk + 1 : chunk - 1;
        }
    }

    // The chunk that holds from_, or would: the last whose first leaf is not after it.
    template <class Load>
    std::uint64_t first_chunk(std::uint64_t tail, const Load& events_of) const {
        std::uint64_t low = 0, high = tail;
        while (low < high) {
            const std::uint64_t middle = low + (high - low + 1) / 2;
            if (events_of(middle).front().leaf <= from_) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    Part index_rows(IndexKind kind, const Hash& id) const {
        Part part;
        if (!query_.access) return part;  // These keys hold access events only.
        // A row holds the leaves of one block: start at the block that holds from_.
        Bytes from = index_key(kind, id, 0);
        Bytes until = index_key(kind, id, UINT64_MAX);
        if (query_.from || !is_ascending_) {
            const auto row = find_entry_row(reader_, from_);
            if (row && is_ascending_) from = index_key(kind, id, row->row.height);
            if (row && !is_ascending_) until = index_key(kind, id, row->row.height + 1);
        }
        std::size_t read = 0;
        reader_.scan(Table::index, from, until, query_.direction, [&](BytesView, BytesView value) {
            const auto leaves = decode_leaves(value);
            CT_ASSERT(leaves.has_value() && !leaves->empty());
            if (read++ == rows_per_call || part.leaves.size() >= wanted_) {
                part.stop = is_ascending_ ? leaves->front() : leaves->back();
                return false;
            }
            each(*leaves, [&](std::uint64_t leaf) {
                if (is_in_page(leaf)) part.leaves.push_back(leaf);
            });
            return true;
        });
        return part;
    }

    Part entries() const {
        Part part;
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
                         const std::uint64_t last = first + row->items.size() - 1;
                         if (read++ == rows_per_call || part.leaves.size() >= wanted_) {
                             part.stop = is_ascending_ ? first : last;
                             return false;
                         }
                         each(row->items, [&](const EntryRow::Item& item) {
                             const auto k = static_cast<std::uint64_t>(&item - row->items.data());
                             if (is_in_page(first + k) && is_wanted(item.kind)) {
                                 part.leaves.push_back(first + k);
                             }
                         });
                         return !is_ascending_ || last < query_.tree_size;
                     });
        return part;
    }

    std::vector<Part> subject_parts() const {
        const Hash id = index_id(query_.subject);
        std::vector<ConsentKey> consents;
        reader_.scan(Table::state, list_key(StateKind::by_subject, id, 0),
                     list_key(StateKind::by_subject, id, UINT64_MAX), Direction::ascending,
                     [&](BytesView, BytesView value) {
                         consents.push_back(ConsentKey::from(value).value());
                         return true;
                     });
        std::vector<Part> parts;
        parts.reserve(consents.size() + 1);
        for (const ConsentKey& key : consents) parts.push_back(consent_log(key));
        parts.push_back(index_rows(IndexKind::subject, id));
        return parts;
    }

    // Leaves after the first stop wait for the next page: another source may have some before.
    LeafPage merge(const std::vector<Part>& parts) const {
        LeafPage page;
        for (const Part& part : parts) {
            page.leaves.insert(page.leaves.end(), part.leaves.begin(), part.leaves.end());
            if (part.stop && (!page.next || is_before(*part.stop, *page.next))) {
                page.next = part.stop;
            }
        }
        std::sort(page.leaves.begin(), page.leaves.end(),
                  [this](std::uint64_t a, std::uint64_t b) { return is_before(a, b); });
        page.leaves.erase(std::unique(page.leaves.begin(), page.leaves.end()), page.leaves.end());
        if (page.next) {
            const auto end =
                std::find_if_not(page.leaves.begin(), page.leaves.end(),
                                 [&](std::uint64_t leaf) { return is_before(leaf, *page.next); });
            page.leaves.erase(end, page.leaves.end());
        }
        if (page.leaves.size() > query_.limit) {
            page.next = page.leaves[query_.limit];
            page.leaves.resize(query_.limit);
        }
        if (is_ascending_ && page.next && *page.next >= query_.tree_size) page.next.reset();
        return page;
    }

    const Reader& reader_;
    const LeafQuery& query_;
    bool is_ascending_;
    std::uint64_t from_;
    std::size_t wanted_;
};

}  // namespace

LeafPage list_leaves(const Reader& reader, const LeafQuery& query) {
    return LeafLister(reader, query).run();
}

}  // namespace consentree::ledger
