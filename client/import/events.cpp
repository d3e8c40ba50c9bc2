// From what a mapping made to the events that are submitted (docs/events.md).
#include "client/import/json_tree.h"
#include "client/import/standardise.h"
#include "ledger/consent.h"

namespace consentree::client::mapping {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

std::vector<std::string> consent_events(const json& record,
                                        const std::vector<std::string>& steps,
                                        const std::string& occurred_at) {
    std::vector<std::string> events;
    const auto about = [&](const std::string& type) {
        return ordered_json{{"type", type},
                            {"issuer", record.value("issuer", "")},
                            {"consent_id", record.value("consent_id", "")},
                            {"version", record.value("version", 1)}};
    };
    for (const std::string& step : steps) {
        if (step == "request") {
            // The record's bytes in the order of RFC 8785.
            events.push_back("{\"type\":\"consent.request\",\"consent\":" + record.dump() +
                             ",\"occurred_at\":\"" + occurred_at + "\"}");
        } else if (step == "authorise") {
            const json* grantors = value_at(record, "/grantors");
            if (grantors == nullptr || !grantors->is_array()) continue;
            for (const json& grantor : *grantors) {
                ordered_json event = about("consent.authorise");
                event["grantor"] = grantor.is_object() ? grantor.value("party", "") : "";
                event["occurred_at"] = occurred_at;
                events.push_back(event.dump());
            }
        } else {
            ordered_json event = about("consent." + step);
            event["reason"] = "source-status";
            event["occurred_at"] = occurred_at;
            events.push_back(event.dump());
        }
    }
    return events;
}

// Each step's members with those of all.
std::vector<std::string> plain_events(const Standardised& made, const std::string& occurred_at) {
    std::vector<std::string> events;
    for (const std::string& step : made.steps) {
        json event = json::object();
        for (const std::string& part : {std::string("common"), step}) {
            const json* members = value_at(made.record, "/" + part);
            if (members != nullptr && members->is_object()) event.update(*members);
        }
        event["type"] = (made.target == Target::access ? "access." : "consent.") + step;
        if (!event.contains("occurred_at")) event["occurred_at"] = occurred_at;
        events.push_back(event.dump());
    }
    return events;
}

}  // namespace

std::vector<std::string> events_of(const Standardised& made, const std::string& occurred_at) {
    if (made.target != Target::consent) return plain_events(made, occurred_at);
    return consent_events(made.record, made.steps, occurred_at);
}

std::optional<std::string> impossible_step(const std::vector<std::string>& steps) {
    auto status = ledger::ConsentStatus::requested;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const bool begins = steps[i] == "request";
        if (begins != (i == 0)) return steps[i];
        if (begins) continue;
        const auto kind = ledger::kind_of("consent." + steps[i]);
        const auto next = kind ? ledger::next_status(status, *kind) : std::nullopt;
        if (!next) return steps[i];
        status = *next;
    }
    return std::nullopt;
}

}  // namespace consentree::client::mapping
