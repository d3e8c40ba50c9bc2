#include "client/report/render.h"

#include "client/report/cells.h"

#include <algorithm>

namespace consentree::client::report {

std::unique_ptr<Sink> make_sink(std::string_view form, std::ostream& out) {
    if (form == "table") return make_table(out);
    if (form == "csv") return make_csv(out);
    if (form == "json") return make_json(out);
    if (form == "jsonld") return make_jsonld(out);
    if (form == "prov") return make_prov(out);
    if (form == "html") return make_html(out);
    return nullptr;
}

Lines lines_of(const Heading& heading) {
    std::string asked;
    for (const auto& [name, value] : heading.query) {
        asked += (asked.empty() ? "" : ", ") + name + " " + value;
    }
    return {{"Report", heading.name + " (question " + std::to_string(heading.number) + ")"},
            {"Question", heading.question},
            {"Asked for by", heading.articles},
            {"Query", asked},
            {"About", heading.about},
            {"Network", heading.network}};
}

Lines lines_of(const Statement& statement) {
    const std::string height = std::to_string(statement.height);
    return {
        {"As of", statement.time + (statement.height != 0 ? ", block " + height : "")},
        {"Checkpoint", std::to_string(statement.tree_size) + " entries, root " + statement.root},
        {"Cosigned by",
         list(statement.signers) + " (" + std::to_string(statement.signers_needed) + " needed)"},
        {"Rules", statement.rules},
        {"Policies", statement.policies},
        {"Rows", std::to_string(statement.rows) + " from " + std::to_string(statement.entries) +
                     " entries, each verified"},
        {"Complete", statement.completeness},
        {"Withheld", statement.withheld}};
}

std::string to_text(const Heading& heading, const Statement& statement) {
    std::string text;
    for (const Lines& lines : {lines_of(heading), lines_of(statement)}) {
        for (const auto& [name, value] : lines) {
            text +=
                name + std::string(14 - std::min<std::size_t>(13, name.size()), ' ') + value + "\n";
        }
    }
    return text;
}

std::optional<std::size_t> Cells::at(std::string_view name) const {
    const auto found = std::ranges::find(columns_, name, &Column::name);
    if (found == columns_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns_.begin());
}

const std::string& Cells::of(const Row& row, std::string_view name) const {
    static const std::string nothing;
    const auto place = at(name);
    return place ? row.cells.at(*place) : nothing;
}

}  // namespace consentree::client::report
