// PROV-JSON (W3C member submission): an access is an activity, what it delivered an entity, who
// took part are agents, the consent is the plan that they acted under. Kept in memory until the
// end.
#include "client/report/render.h"

#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

namespace consentree::client::report {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t rows_max = 50'000;

Json typed(const std::string& value, const char* type) {
    return {{"$", value}, {"type", type}};
}

class Prov final : public Sink {
public:
    explicit Prov(std::ostream& out) : out_(out) {}

    void begin(const Heading& heading) override {
        heading_ = heading;
        document_["prefix"] = {{"ctree", "urn:consentree:" + heading.network + ":"},
                               {"xsd", "http://www.w3.org/2001/XMLSchema#"}};
    }
    bool is_full() const override { return rows_ > rows_max; }
    void row(const Row& row) override {
        if (++rows_ > rows_max) return;
        const Cells cells(heading_.columns);
        const auto of = [&](const char* name) { return cells.of(row, name); };
        const std::string plan = add_consent(of("issuer"), of("consent"), of("subject"));
        const std::string actor = add_agent("org", of("actor"), "prov:Organization");
        const std::string provider = add_agent("org", of("provider"), "prov:Organization");
        const std::string session = of("session");
        if (session.empty()) return;
        // Places in the log tell activities apart; ids of sessions do not.
        const std::string leaf = of("index");
        const std::string access = id("access", session + "-" + leaf);
        Json activity = Json::object();
        put_time(activity, "prov:startTime",
                 of("occurred").empty() ? of("recorded") : of("occurred"));
        put_time(activity, "prov:endTime", of("recorded"));
        for (const char* name : {"purpose", "verdict", "verdict_by_event_time", "place",
                                 "categories", "legal_basis"}) {
            if (!of(name).empty()) activity[std::string("ctree:") + name] = of(name);
        }
        if (!leaf.empty()) activity["ctree:leaf"] = typed(leaf, "xsd:unsignedLong");
        document_["activity"][access] = activity;
        if (!actor.empty()) {
            Json link{{"prov:activity", access}, {"prov:agent", actor}};
            if (!plan.empty()) link["prov:plan"] = plan;
            relate("wasAssociatedWith", link);
        }
        if (!provider.empty()) {
            relate("wasAssociatedWith", {{"prov:activity", access}, {"prov:agent", provider}});
        }
        if (!of("subject").empty()) {
            const std::string source = id("data", of("subject"));
            document_["entity"][source] = {{"prov:label", "data about " + of("subject")}};
            relate("used", {{"prov:activity", access}, {"prov:entity", source}});
            add_delivery(access, source, row, cells);
        }
    }
    void end(const Statement& statement) override {
        Json said = Json::object();
        for (const Lines& lines : {lines_of(heading_), lines_of(statement)}) {
            for (const auto& [name, value] : lines) said["ctree:" + dashed(name)] = value;
        }
        said["prov:type"] = typed("prov:Collection", "xsd:QName");
        document_["entity"][id("report", heading_.name)] = said;
        write();
    }
    void fail(const Failure& failure) override {
        document_ = Json{{"void", failure.what}};
        write();
    }

private:
    void write() {
        out_ << document_.dump(1, ' ', false, Json::error_handler_t::replace) << "\n";
        out_.flush();
    }
    static std::string dashed(std::string name) {
        for (char& c : name) c = c == ' ' ? '-' : static_cast<char>(std::tolower(c));
        return name;
    }
    // Labels hold no slash, so that different things have different ids.
    static std::string id(const std::string& kind, const std::string& label) {
        return "ctree:" + kind + "/" + label;
    }
    static void put_time(Json& object, const char* name, const std::string& time) {
        if (!time.empty()) object[name] = time;
    }
    void relate(const char* relation, const Json& link) {
        document_[relation]["_:r" + std::to_string(++relations_)] = link;
    }
    std::string add_agent(const char* kind, const std::string& label, const char* type) {
        if (label.empty()) return {};
        const std::string agent = id(kind, label);
        document_["agent"][agent] = {{"prov:type", typed(type, "xsd:QName")}};
        return agent;
    }
    std::string add_consent(const std::string& issuer,
                            const std::string& consent,
                            const std::string& subject) {
        if (consent.empty()) return {};
        const std::string plan = id("consent", issuer + "/" + consent);
        if (!seen_.insert(plan).second) return plan;
        document_["entity"][plan] = {{"prov:type", typed("prov:Plan", "xsd:QName")}};
        const std::string person = add_agent("subject", subject, "prov:Person");
        if (!person.empty()) {
            relate("wasAttributedTo", {{"prov:entity", plan}, {"prov:agent", person}});
        }
        return plan;
    }
    void add_delivery(const std::string& access,
                      const std::string& source,
                      const Row& row,
                      const Cells& cells) {
        const std::string& delivery = cells.of(row, "delivery");
        if (!delivery.starts_with("delivered") && !delivery.starts_with("ready")) return;
        const std::string data = access + "/data";
        document_["entity"][data] = {{"prov:type", typed("ctree:delivery", "xsd:QName")},
                                     {"ctree:delivery", delivery}};
        relate("wasGeneratedBy", {{"prov:entity", data}, {"prov:activity", access}});
        relate("wasDerivedFrom", {{"prov:generatedEntity", data}, {"prov:usedEntity", source}});
        const std::string& deleted = cells.of(row, "deleted");
        if (deleted.empty()) return;
        const std::string erasure = access + "/deletion";
        document_["activity"][erasure] = {{"prov:endTime", deleted}};
        relate("wasInvalidatedBy",
               {{"prov:entity", data}, {"prov:activity", erasure}, {"prov:time", deleted}});
    }

    std::ostream& out_;
    Heading heading_;
    Json document_ = Json::object();
    std::set<std::string> seen_;
    std::uint64_t rows_ = 0, relations_ = 0;
};

}  // namespace

std::unique_ptr<Sink> make_prov(std::ostream& out) {
    return std::make_unique<Prov>(out);
}

}  // namespace consentree::client::report
