// For a terminal: the columns that fit, widths from the first rows, nothing cut off.
#include "client/report/render.h"
#include "verifier/text.h"

#include <algorithm>
#include <ostream>

namespace consentree::client::report {

namespace {

class Table final : public Sink {
public:
    explicit Table(std::ostream& out) : out_(out) {}

    void begin(const Heading& heading) override {
        std::vector<std::string> names;
        for (const Column& column : heading.columns) {
            shown_.push_back(column.in_table);
            if (!column.in_table) continue;
            std::string name = column.name;
            std::ranges::transform(name, name.begin(), [](char c) {
                return c == '_' ? ' ' : static_cast<char>(std::toupper(c));
            });
            names.push_back(std::move(name));
        }
        waiting_.push_back(std::move(names));
    }
    void row(const Row& row) override {
        std::vector<std::string> cells;
        for (std::size_t k = 0; k < row.cells.size(); ++k) {
            if (!shown_[k]) continue;
            std::string cell = verifier::printable(row.cells[k]);
            std::ranges::replace(cell, '\n', ' ');
            cells.push_back(cell.empty() ? "-" : std::move(cell));
        }
        if (is_flowing_) return write(cells);
        waiting_.push_back(std::move(cells));
        if (waiting_.size() > rows_measured) flow();
    }
    void flush() override {
        if (waiting_.size() > 1) flow();
        out_.flush();
    }
    void end(const Statement&) override { flow(); }
    void fail(const Failure&) override { flow(); }

private:
    static constexpr std::size_t rows_measured = 64;

    static std::size_t width_of(std::string_view text) {
        return static_cast<std::size_t>(std::ranges::count_if(
            text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
    }
    void flow() {
        if (is_flowing_) return;
        is_flowing_ = true;
        for (const auto& cells : waiting_) {
            widths_.resize(std::max(widths_.size(), cells.size()));
            for (std::size_t k = 0; k < cells.size(); ++k) {
                widths_[k] = std::max(widths_[k], width_of(cells[k]));
            }
        }
        for (const auto& cells : waiting_) write(cells);
        waiting_.clear();
        out_.flush();
    }
    void write(const std::vector<std::string>& cells) {
        std::string line;
        for (std::size_t k = 0; k < cells.size(); ++k) {
            line += cells[k];
            const std::size_t width = width_of(cells[k]);
            if (k + 1 == cells.size()) break;
            line.append(2 + (widths_[k] > width ? widths_[k] - width : 0), ' ');
        }
        out_ << line << '\n';
    }

    std::ostream& out_;
    std::vector<bool> shown_;
    std::vector<std::vector<std::string>> waiting_;
    std::vector<std::size_t> widths_;
    bool is_flowing_ = false;
};

}  // namespace

std::unique_ptr<Sink> make_table(std::ostream& out) {
    return std::make_unique<Table>(out);
}

}  // namespace consentree::client::report
