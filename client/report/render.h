// What the forms of a report share. Private to client/report/render_*.cpp.
#pragma once

#include "client/report/report.h"

#include <optional>

namespace consentree::client::report {

// Of the form json: whoever makes it again must make the same.
inline constexpr int report_version = 2;

std::unique_ptr<Sink> make_table(std::ostream& out);
std::unique_ptr<Sink> make_csv(std::ostream& out);
std::unique_ptr<Sink> make_json(std::ostream& out);
std::unique_ptr<Sink> make_jsonld(std::ostream& out);
std::unique_ptr<Sink> make_prov(std::ostream& out);
std::unique_ptr<Sink> make_html(std::ostream& out);

// Heading and statement as names and values, in the order that people read them.
using Lines = std::vector<std::pair<std::string, std::string>>;
Lines lines_of(const Heading& heading);
Lines lines_of(const Statement& statement);

// Cells by the names of their columns.
class Cells {
public:
    explicit Cells(const std::vector<Column>& columns) : columns_(columns) {}
    // Empty if there is no such column.
    const std::string& of(const Row& row, std::string_view name) const;
    bool has(std::string_view name) const { return at(name).has_value(); }

private:
    std::optional<std::size_t> at(std::string_view name) const;
    const std::vector<Column>& columns_;
};

}  // namespace consentree::client::report
