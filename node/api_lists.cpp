#include "node/api_lists.h"

#include "common/assert.h"
#include "common/time.h"
#include "node/clock.h"

namespace consentree::node {

namespace {

// Leaves looked at for one page, so that a filter that nothing passes cannot hold a thread.
constexpr std::size_t leaves_per_page = 5000;

std::string list_name(const ApiCall& call) {
    std::string name = call.request.method == "HEAD" ? "GET" : call.request.method;
    for (const std::string& segment : call.request.segments) name += '\0' + segment;
    auto parameters = call.request.parameters;
    std::sort(parameters.begin(), parameters.end());
    for (const auto& [parameter, value] : parameters) {
        if (parameter == "cursor" || parameter == "limit" || parameter == "min_height") continue;
        name += '\0' + parameter + '=' + value;
    }
    return name;
}

}  // namespace

Checked<PageRequest> make_page_request(const ApiCall& call,
                                       std::string list,
                                       std::string_view cursor) {
    PageRequest page;
    page.list = std::move(list);
    page.height = call.view->tip.height;
    page.tree_size = call.view->tip.tree_size;
    if (cursor.empty()) return page;
    const auto opened = call.service.cursors.open(cursor, page.list);
    if (!opened) return opened.error();
    if (opened->height > page.height) {
        return Refusal{"invalid-cursor", "the cursor is ahead of this node", "", ""};
    }
    page.height = opened->height;
    page.tree_size = opened->tree_size;
    page.from = opened->position;
    page.after = opened->after;
    return page;
}

Checked<PageRequest> read_page_request(const ApiCall& call, ledger::Direction otherwise) {
    // A list with its proof has cursors that need no seal.
    const bool is_proven = call.has("proof");
    auto page = make_page_request(call, list_name(call), is_proven ? "" : call.text("cursor"));
    if (!page) return page;
    if (is_proven) page->cursor = call.text("cursor");
    page->direction = otherwise;
    if (call.has("order")) {
        page->direction = call.text("order") == "asc" ? ledger::Direction::ascending
                                                      : ledger::Direction::descending;
    }
    page->limit = call.number("limit").value_or(api::page_items_default);
    return page;
}

api::Entry entry_of(ledger::EntryView view) {
    api::Entry entry;
    entry.index = view.index;
    entry.height = view.height;
    entry.time = format_time(static_cast<TimeMs>(view.time_us / 1000));
    entry.tx_id = to_hex(view.tx_id.view());
    entry.position = view.position;
    entry.type = ledger::type_name(view.kind);
    entry.event = std::string(as_text(view.event_bytes));
    if (view.granted_until) entry.granted_until = format_time(*view.granted_until);
    if (ledger::is_access(view.kind)) {
        ledger::AccessView access = ledger::make_access_view(std::move(view));
        entry.verdict = std::move(access.verdict);
        entry.reason = std::move(access.reason);
        entry.failed = std::move(access.reasons);
        entry.flags = std::move(access.flags);
    }
    return entry;
}

ApiReply entry_page(const ApiCall& call,
                    const PageRequest& page,
                    ledger::LeafQuery query,
                    const EntryTest& test) {
    query.direction = page.direction;
    query.tree_size = page.tree_size;
    query.from = page.from;
    query.limit = page.limit;
    api::Page<api::Entry> answer;
    answer.as_of_height = page.height;
    std::optional<std::uint64_t> next;
    std::size_t looked_at = 0;
    do {
        const ledger::LeafPage leaves = ledger::list_leaves(*call.view->reader, query);
        next = leaves.next;
        for (const std::uint64_t leaf : leaves.leaves) {
            auto entry = ledger::get_entry(*call.view->reader, leaf);
            if (entry && (!test || test(*entry)))
                answer.items.push_back(entry_of(std::move(*entry)));
        }
        looked_at += std::max<std::size_t>(1, leaves.leaves.size());
        query.from = next;
        // What is left of the page: a page never overflows, so that nothing is skipped.
        query.limit = page.limit - std::min(page.limit, answer.items.size());
    } while (next && query.limit > 0 && looked_at < leaves_per_page);
    if (next) {
        answer.complete = false;
        answer.next_cursor =
            call.service.cursors.seal(Cursor{page.height, page.tree_size, *next}, page.list);
    }
    return json_reply(api::format(answer));
}

EntryTest with_kinds(const ledger::LeafQuery& query, EntryTest test) {
    return [lifecycle = query.lifecycle, access = query.access,
            test = std::move(test)](const ledger::EntryView& entry) {
        return (ledger::is_access(entry.kind) ? access : lifecycle) && (!test || test(entry));
    };
}

Checked<ledger::ConsentView> find_one_consent(const ApiCall& call, const std::string& consent_id) {
    const TimeMs now = now_ms(*call.view);
    const Refusal missing{"consent-not-found", "no consent has this id", "", ""};
    if (call.has("issuer")) {
        auto found = ledger::find_consent(*call.view->reader, call.text("issuer"), consent_id, now);
        if (!found) return missing;
        return {boost::system::in_place_value, std::move(*found)};
    }
    auto found = ledger::consents_by_id(*call.view->reader, consent_id, now);
    if (found.empty()) return missing;
    if (found.size() > 1) {
        std::string issuers;
        for (const ledger::ConsentView& view : found) issuers += " " + view.terms.record.issuer;
        return Refusal{"ambiguous-consent", "issuers with this consent id:" + issuers, "", ""};
    }
    return {boost::system::in_place_value, std::move(found.front())};
}

TimeMs now_ms(const ApiView& view) {
    return std::max(static_cast<TimeMs>(view.tip.time_us / 1000), wall_ms());
}

}  // namespace consentree::node
