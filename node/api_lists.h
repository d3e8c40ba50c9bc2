// What the list handlers share: pages, cursors, and entries as the API shows them.
#pragma once

#include "ledger/queries.h"
#include "node/api_routes.h"

namespace consentree::node {

// Where and how a list goes on, from its query.
struct PageRequest {
    std::string list;  // Path and filters: what the cursor is bound to.
    ledger::Direction direction = ledger::Direction::descending;
    std::size_t limit = api::page_items_default;
    std::optional<std::uint64_t> from;  // The cursor's position,
    std::string after;                  // and id.
    Height height = 0;                  // Pinned: of the cursor, or the newest.
    std::uint64_t tree_size = 0;        // At that height.
    std::string cursor;                 // Of a list with its proof: read by proven_page().
};
Checked<PageRequest> read_page_request(const ApiCall& call, ledger::Direction otherwise);
// With the label, limit and cursor of a request body.
Checked<PageRequest> make_page_request(const ApiCall& call,
                                       std::string list,
                                       std::string_view cursor);

api::Entry entry_of(ledger::EntryView view);
// Bounded work: pages of leaves that pass the test, until the page is full or enough was read.
using EntryTest = std::function<bool(const ledger::EntryView&)>;
ApiReply entry_page(const ApiCall& call,
                    const PageRequest& page,
                    ledger::LeafQuery query,
                    const EntryTest& test);
// Whether query.lifecycle and query.access let the entry pass, and the test does.
EntryTest with_kinds(const ledger::LeafQuery& query, EntryTest test);

// One consent by id; ?issuer= decides between several.
Checked<ledger::ConsentView> find_one_consent(const ApiCall& call, const std::string& consent_id);
// Block time or the clock, whichever is later: a quiet ledger's consents expire too.
TimeMs now_ms(const ApiView& view);

}  // namespace consentree::node
