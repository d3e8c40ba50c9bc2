// JSON with proofs: each page of evidence with the rows that came of it, so that `consentree
// verify` makes the rows again from what is proven (docs/formats.md, "Report").
#include "client/report/cells.h"
#include "client/report/render.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace consentree::client::report {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

class JsonSink final : public Sink {
public:
    explicit JsonSink(std::ostream& out) : out_(out) {}

    void begin(const Heading& heading) override {
        columns_ = heading.columns;
        Json query = Json::object();
        for (const auto& [name, value] : heading.query) query[name] = value;
        const Json report{{"version", report_version},    {"number", heading.number},
                          {"name", heading.name},         {"question", heading.question},
                          {"articles", heading.articles}, {"query", query},
                          {"about", heading.about},       {"network", heading.network}};
        out_ << "{\"report\":" << dump(report) << ",\n\"parts\":[";
    }
    bool wants_pages() const override { return true; }
    void page(std::string_view evidence) override {
        out_ << (parts_++ == 0 ? "\n" : "]},\n") << "{\"evidence\":" << evidence << ",\"rows\":[";
        rows_ = 0;
    }
    void row(const Row& row) override {
        out_ << (rows_++ == 0 ? "\n" : ",\n") << dump(object_of(row));
    }
    void flush() override { out_.flush(); }
    void end(const Statement& statement) override {
        finish("statement", {{"as_of_height", statement.height},
                             {"as_of", statement.time},
                             {"checkpoint", statement.checkpoint},
                             {"root", statement.root},
                             {"tree_size", statement.tree_size},
                             {"signers", statement.signers},
                             {"signers_needed", statement.signers_needed},
                             {"rules", statement.rules},
                             {"policies", statement.policies},
                             {"entries", statement.entries},
                             {"rows", statement.rows},
                             {"complete", statement.completeness},
                             {"withheld", statement.withheld}});
    }
    void fail(const Failure& failure) override {
        finish("void", {{"error", failure.code}, {"what", failure.what}, {"why", failure.why}});
    }

private:
    Json object_of(const Row& row) const {
        Json object = Json::object();
        for (std::size_t k = 0; k < columns_.size(); ++k) {
            const std::string& cell = row.cells[k];
            Json& value = object[columns_[k].name];
            if (columns_[k].form == Column::Form::list) {
                value = parts_of(cell);
            } else if (columns_[k].form == Column::Form::number && !cell.empty()) {
                value = std::stoull(cell);
            } else {
                value = cell;
            }
        }
        object["leaves"] = row.leaves;
        return object;
    }
    void finish(const char* name, const Json& value) {
        out_ << (parts_ == 0 ? "],\n\"" : "]}],\n\"") << name << "\":" << dump(value) << "}\n";
        out_.flush();
    }

    std::ostream& out_;
    std::vector<Column> columns_;
    std::uint64_t parts_ = 0, rows_ = 0;
};

}  // namespace

std::unique_ptr<Sink> make_json(std::ostream& out) {
    return std::make_unique<JsonSink>(out);
}

}  // namespace consentree::client::report
