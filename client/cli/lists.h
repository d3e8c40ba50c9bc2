// Lists of the API: pages joined on request, printed in the API's own shape or as a table whose
// last line says how far the answer can be relied on.
#pragma once

#include "client/cli/session.h"

#include <functional>

namespace consentree::client::cli {

struct ListOptions {
    unsigned limit = 50;
    std::string cursor, order;
    bool all = false;   // Every page.
    std::string as_of;  // A height or a time.
};
void add_list_options(CLI::App* command, ListOptions& options);
void add_paging_options(CLI::App* command, ListOptions& options);  // Without an order.
void add_as_of(CLI::App* command, ListOptions& options);

using Fetch = std::function<Outcome<Answer>(Client& client, const std::vector<Filter>& paging)>;
using TableRows = std::vector<std::vector<std::string>>;
struct ListShape {
    std::string one, many;  // "entry", "entries"
    std::vector<std::string> headings;
    // Of the API's list; nothing if it is not the list that was asked for.
    std::function<std::optional<TableRows>(const std::string& json)> rows;
};
// Fetches, and prints.
int list_items(const Globals& globals,
               const ListOptions& options,
               const ListShape& shape,
               const Fetch& fetch);
// parse: a page of the API; row: the cells of one of its items.
template <class Parse, class Row>
auto rows_by(Parse parse, Row row) {
    return [parse, row](const std::string& json) -> std::optional<TableRows> {
        const auto page = parse(json);
        if (!page) return std::nullopt;
        TableRows rows;
        for (const auto& item : page->items) rows.push_back(row(item));
        return rows;
    };
}
int list_consents(const Globals& globals, const ListOptions& options, const Fetch& fetch);
int list_entries(const Globals& globals, const ListOptions& options, const Fetch& fetch);

std::string joined(const std::vector<std::string>& parts, std::string_view separator = ", ");
// Name and value in two aligned columns; empty values are left out.
void print_fields(const std::vector<std::pair<std::string, std::string>>& fields);
// "As of height 120, as this node says: not proven." on stderr; why may be empty.
void say_unproven(const Globals& globals,
                  std::uint64_t height,
                  const std::string& more,
                  const std::string& why = {});
// How far an answer can be relied on, on stderr, after more. claim: what a proof shows besides, as
// "complete: "; as_of: the moment asked about, or empty.
void say_standing(const Globals& globals,
                  const Answer& answer,
                  const std::string& more,
                  const std::string& claim,
                  const std::string& as_of);
// "[####    ] 12 000 of at most 40 000 entries", again and again on one line of a terminal.
Progress progress_bar(const Globals& globals);

}  // namespace consentree::client::cli
