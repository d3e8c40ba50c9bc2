// RFC 4180 in UTF-8. A cell that a spreadsheet would take for a formula is preceded by an
// apostrophe.
#include "client/report/render.h"

#include <ostream>

namespace consentree::client::report {

namespace {

std::string cell_text(const std::string& cell) {
    constexpr std::string_view formula = "=+-@\t\r", special = ",\"\r\n";
    const bool is_formula = !cell.empty() && formula.find(cell.front()) != formula.npos;
    const std::string text = is_formula ? "'" + cell : cell;
    if (text.find_first_of(special) == text.npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + "\"";
}

class Csv final : public Sink {
public:
    explicit Csv(std::ostream& out) : out_(out) {}
    void begin(const Heading& heading) override {
        std::vector<std::string> names;
        for (const Column& column : heading.columns) names.push_back(column.name);
        write(names);
    }
    void row(const Row& row) override { write(row.cells); }
    void flush() override { out_.flush(); }
    void end(const Statement&) override { out_.flush(); }
    void fail(const Failure&) override { out_.flush(); }

private:
    void write(const std::vector<std::string>& cells) {
        for (std::size_t k = 0; k < cells.size(); ++k) {
            out_ << (k == 0 ? "" : ",") << cell_text(cells[k]);
        }
        out_ << "\r\n";
    }
    std::ostream& out_;
};

}  // namespace

std::unique_ptr<Sink> make_csv(std::ostream& out) {
    return std::make_unique<Csv>(out);
}

}  // namespace consentree::client::report
