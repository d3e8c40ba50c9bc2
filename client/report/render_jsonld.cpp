// JSON-LD with the terms of the Data Privacy Vocabulary: one node a row, one IRI a key, lists as
// arrays. Values stay codes; those of the DPV become its IRIs.
#include "client/report/cells.h"
#include "client/report/render.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace consentree::client::report {

namespace {

using Json = nlohmann::ordered_json;

struct Term {
    std::string_view column, iri;
};
// Columns without a term of a published vocabulary are our own: "ctree:verdict".
constexpr Term terms[] = {{"subject", "dpv:hasDataSubject"},
                          {"actor", "dpv:hasRecipient"},
                          {"recipients", "dpv:hasRecipient"},
                          {"recipient", "dpv:hasRecipient"},
                          {"onward_party", "dpv:hasRecipient"},
                          {"provider", "dpv:hasDataSource"},
                          {"issuer", "dpv:hasDataController"},
                          {"purpose", "dpv:hasPurpose"},
                          {"purposes", "dpv:hasPurpose"},
                          {"categories", "dpv:hasPersonalData"},
                          {"legal_basis", "dpv:hasLegalBasis"},
                          {"action", "dpv:hasProcessing"},
                          {"place", "dpv:hasLocation"},
                          {"jurisdiction", "dpv:hasJurisdiction"},
                          {"jurisdictions", "dpv:hasJurisdiction"},
                          {"state", "dpv:hasConsentStatus"},
                          {"notice_uri", "dpv:hasNotice"},
                          {"valid_until", "dct:valid"},
                          {"version", "dct:hasVersion"},
                          {"recorded", "dct:created"},
                          {"occurred", "dct:date"}};

struct State {
    std::string_view name, iri;
};
constexpr State states[] = {
    {"requested", "dpv:ConsentRequested"}, {"active", "dpv:ConsentGiven"},
    {"rejected", "dpv:ConsentRefused"},    {"withdrawn", "dpv:ConsentWithdrawn"},
    {"revoked", "dpv:ConsentRevoked"},     {"invalidated", "dpv:ConsentInvalidated"},
    {"expired", "dpv:ConsentExpired"}};

std::string term_of(std::string_view column) {
    for (const Term& term : terms) {
        if (term.column == column) return std::string(term.iri);
    }
    return "ctree:" + std::string(column);
}

Json value_of(std::string_view column, const std::string& text) {
    if (column == "state") {
        for (const State& state : states) {
            if (state.name == text) return Json{{"@id", state.iri}};
        }
    }
    if (text.starts_with("dpv|")) return Json{{"@id", "dpv:" + text.substr(4)}};
    const bool is_time = text.size() == 24 && text.ends_with('Z') && text[10] == 'T';
    if (is_time) return Json{{"@type", "xsd:dateTime"}, {"@value", text}};
    return text;
}

class JsonLd final : public Sink {
public:
    explicit JsonLd(std::ostream& out) : out_(out) {}

    void begin(const Heading& heading) override {
        columns_ = heading.columns;
        const Cells cells(columns_);
        type_ = cells.has("state") ? "dpv:ConsentRecord" : "dpv:Process";
        const Json context{{"dpv", "https://w3id.org/dpv#"},
                           {"dct", "http://purl.org/dc/terms/"},
                           {"xsd", "http://www.w3.org/2001/XMLSchema#"},
                           {"ctree", "urn:consentree:" + heading.network + ":"}};
        out_ << "{\"@context\":" << dump(context);
        for (const auto& [name, value] : lines_of(heading)) put(name, value);
        out_ << ",\n\"@graph\":[";
    }
    void row(const Row& row) override {
        Json node{{"@type", type_}};
        const std::string place = row.leaves.empty() ? std::to_string(rows_)
                                                     : "leaf-" + std::to_string(row.leaves.back());
        node["@id"] = "ctree:row-" + std::to_string(rows_) + "-" + place;
        for (std::size_t k = 0; k < columns_.size(); ++k) add(node, columns_[k], row.cells[k]);
        node["ctree:leaves"] = row.leaves;
        out_ << (rows_++ == 0 ? "\n" : ",\n") << dump(node);
    }
    void flush() override { out_.flush(); }
    void end(const Statement& statement) override {
        out_ << "]";
        for (const auto& [name, value] : lines_of(statement)) put(name, value);
        finish();
    }
    void fail(const Failure& failure) override {
        out_ << "]";
        put("void", failure.what);
        finish();
    }

private:
    static std::string dump(const Json& json) {
        return json.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    void put(std::string name, const std::string& value) {
        for (char& c : name) c = c == ' ' ? '_' : static_cast<char>(std::tolower(c));
        out_ << ",\n" << dump("ctree:" + name) << ":" << dump(value);
    }
    void finish() {
        out_ << "}\n";
        out_.flush();
    }
    static void add(Json& node, const Column& column, const std::string& cell) {
        if (cell.empty()) return;
        const std::string term = term_of(column.name);
        if (column.form == Column::Form::number) {
            node[term] = std::stoull(cell);
            return;
        }
        Json values = Json::array();
        if (column.form == Column::Form::list) {
            for (const std::string& part : parts_of(cell)) {
                values.push_back(value_of(column.name, part));
            }
        } else {
            values.push_back(value_of(column.name, cell));
        }
        // One IRI a key: what two columns say under one term stands in one array.
        Json& there = node[term];
        if (there.is_null()) {
            there = values.size() == 1 ? values[0] : values;
            return;
        }
        if (!there.is_array()) there = Json::array({there});
        there.insert(there.end(), values.begin(), values.end());
    }

    std::ostream& out_;
    std::vector<Column> columns_;
    std::string type_;
    std::uint64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<Sink> make_jsonld(std::ostream& out) {
    return std::make_unique<JsonLd>(out);
}

}  // namespace consentree::client::report
