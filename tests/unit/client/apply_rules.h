// Applies rules to a document without the ledger's schema behind them, for tests of the mapping
// language itself.
#pragma once

#include "client/import/paths.h"
#include "client/import/rules.h"

#include <catch2/catch.hpp>

namespace consentree::client::test {

struct Applied {
    nlohmann::json record;
    std::vector<std::string> refused;  // "pointer rule"
    std::vector<std::string> warnings;
    std::vector<std::string> unknown;
};

inline Applied apply_rules_of(const nlohmann::json& rules,
                              const std::string& source,
                              const nlohmann::json& agreement = nlohmann::json::object(),
                              const nlohmann::json& more = nlohmann::json::object()) {
    nlohmann::json file = {
        {"mapping", "test"},
        {"version", 1},
        {"source", "test"},
        {"target", "consentree/consent/1"},
        {"forms", {{{"name", "any"}, {"detect", {{{"at", ""}, {"is", "object"}}}}}}},
        {"rules", rules}};
    file.update(more);
    std::vector<Refusal> faults;
    const auto mapping = mapping::read_mapping(file.dump(), faults);
    for (const Refusal& fault : faults) UNSCOPED_INFO(fault.pointer << ": " << fault.detail);
    REQUIRE(mapping.has_value());
    const auto document = mapping::parse_source(source);
    REQUIRE(document.has_value());
    static const Bytes key(32, 0x5a);
    mapping::Paths paths(*document, "", mapping->single_is_list);
    mapping::Standardised result;
    result.record = nlohmann::json::object();
    std::vector<mapping::Refused> refused;
    mapping::apply_rules({source, *mapping, agreement, key, {}, false}, paths, result, refused);
    Applied applied{result.record, {}, result.warnings, paths.unused()};
    for (const auto& one : refused) applied.refused.push_back(one.pointer + " " + one.rule);
    return applied;
}

// One rule that writes to /v, and what it wrote; text for a refusal.
inline nlohmann::json one_value(nlohmann::json rule,
                                const std::string& value,
                                const nlohmann::json& agreement = nlohmann::json::object(),
                                const nlohmann::json& more = nlohmann::json::object()) {
    rule["to"] = "/v";
    rule["from"] = "/s";
    const Applied applied =
        apply_rules_of(nlohmann::json::array({rule}), "{\"s\":" + value + "}", agreement, more);
    if (!applied.refused.empty()) return "refused: " + applied.refused.front();
    return applied.record.contains("v") ? applied.record["v"] : nlohmann::json("nothing");
}

}  // namespace consentree::client::test
