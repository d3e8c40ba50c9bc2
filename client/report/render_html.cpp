// One page to print: everything in it, nothing loaded, no scripts.
#include "client/report/render.h"
#include "verifier/text.h"

#include <ostream>

namespace consentree::client::report {

namespace {

constexpr std::string_view style = R"(
body{font:10pt/1.35 system-ui,sans-serif;margin:2em;color:#111}
h1{font-size:15pt;margin:0 0 .2em}p{margin:.2em 0 1em}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15em 1em;margin:1em 0}
dt{color:#555}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:8.5pt}
th,td{border:1px solid #bbb;padding:.2em .4em;text-align:left;vertical-align:top}
td{overflow-wrap:anywhere}
th{background:#eee}thead{display:table-header-group}tr{break-inside:avoid}
.void{border:2px solid #a00;color:#a00;padding:.6em;font-weight:bold}
@page{size:A4 landscape;margin:12mm}
)";

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : verifier::printable(text)) {
        switch (c) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            case '\'': safe += "&#39;"; break;
            default: safe += c;
        }
    }
    return safe;
}

class Html final : public Sink {
public:
    explicit Html(std::ostream& out) : out_(out) {}

    void begin(const Heading& heading) override {
        out_ << "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta "
                "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                "'unsafe-inline'\">\n<title>"
             << escaped(heading.name + ": " + heading.about) << "</title>\n<style>" << style
             << "</style></head>\n<body>\n<h1>" << escaped(heading.question) << "</h1>\n";
        write(lines_of(heading));
        out_ << "<table>\n<thead><tr>";
        for (const Column& column : heading.columns) {
            shown_.push_back(column.in_table);
            if (column.in_table) out_ << "<th>" << escaped(column.name) << "</th>";
        }
        out_ << "</tr></thead>\n<tbody>\n";
    }
    void row(const Row& row) override {
        out_ << "<tr>";
        for (std::size_t k = 0; k < row.cells.size(); ++k) {
            if (shown_[k]) out_ << "<td>" << escaped(row.cells[k]) << "</td>";
        }
        out_ << "</tr>\n";
    }
    void flush() override { out_.flush(); }
    void end(const Statement& statement) override {
        out_ << "</tbody></table>\n";
        write(lines_of(statement));
        out_ << "</body></html>\n";
        out_.flush();
    }
    void fail(const Failure& failure) override {
        out_ << "</tbody></table>\n<p class=\"void\">VOID: the rows above are not to be relied on. "
             << escaped(failure.what_to_do()) << "</p>\n</body></html>\n";
        out_.flush();
    }

private:
    void write(const Lines& lines) {
        out_ << "<dl>\n";
        for (const auto& [name, value] : lines) {
            out_ << "<dt>" << escaped(name) << "</dt><dd>" << escaped(value) << "</dd>\n";
        }
        out_ << "</dl>\n";
    }
    std::ostream& out_;
    std::vector<bool> shown_;
};

}  // namespace

std::unique_ptr<Sink> make_html(std::ostream& out) {
    return std::make_unique<Html>(out);
}

}  // namespace consentree::client::report
