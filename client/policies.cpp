#include "client/policies.h"

#include "client/import/built_in.h"
#include "client/record.h"
#include "common/assert.h"
#include "common/hash.h"
#include "common/time.h"
#include "ledger/mapping_pin.h"
#include "ledger/scheme.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace consentree::client {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const std::size_t first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

Failure unusable(const Refusal& refusal) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = refusal.code;
    failure.what = "this is not a policy's document";
    failure.why = refusal.detail;
    failure.hint = refusal.hint.empty() ? "docs/schemes.md describes the members." : refusal.hint;
    failure.pointer = refusal.pointer;
    return failure;
}

}  // namespace

Outcome<PolicyFile> read_policy(std::string_view text) {
    PolicyFile file;
    file.text = trimmed(text);
    file.sha256 = to_hex(sha256(as_bytes(file.text)).view());
    const auto json = nlohmann::json::parse(file.text, nullptr, false);
    const auto schema = json.is_object() ? json.find("schema") : json.end();
    file.is_vocabulary =
        json.is_object() && schema != json.end() && *schema == "consentree/vocabulary/1";
    if (file.is_vocabulary) {
        const auto vocabulary = ledger::Vocabulary::parse(file.text);
        if (!vocabulary) return unusable(vocabulary.error());
        file.id = vocabulary->id();
        file.version = vocabulary->version();
        file.title = vocabulary->title();
        return file;
    }
    if (json.is_object() && schema != json.end() && *schema == "consentree/mapping/1") {
        const auto pin = ledger::parse_mapping_pin(file.text);
        if (!pin) return unusable(pin.error());
        file.id = pin->id;
        file.version = pin->version;
        file.title = pin->title;
        return file;
    }
    const auto scheme = ledger::parse_scheme(file.text);
    if (!scheme) return unusable(scheme.error());
    file.id = scheme->id;
    file.version = scheme->version;
    file.title = scheme->title;
    return file;
}

std::string propose_policy(const PolicyFile& policy) {
    return R"({"type":"policy.propose","policy":)" + policy.text + R"(,"occurred_at":")" +
           format_time(wall_clock()) + "\"}";
}

std::string approve_policy(std::string_view id, std::uint32_t version, std::string_view sha256) {
    nlohmann::ordered_json event;
    event["type"] = "policy.approve";
    event["id"] = id;
    event["version"] = version;
    event["sha256"] = sha256;
    event["occurred_at"] = format_time(wall_clock());
    return event.dump();
}

std::string mapping_policy(const mapping::Mapping& mapping, std::uint32_t version) {
    nlohmann::ordered_json document;
    document["schema"] = "consentree/mapping/1";
    document["id"] = std::string(ledger::mapping_policy_prefix) + mapping.id;
    document["version"] = version;
    document["title"] = mapping.title;
    document["mapping_id"] = mapping.id + "-" + std::to_string(mapping.version);
    document["sha256"] = to_hex(mapping.hash.view());
    return document.dump();
}

std::vector<PolicyFile> built_in_policies() {
    std::vector<PolicyFile> policies;
    const auto add = [&policies](std::string_view text) {
        auto policy = read_policy(text);
        CT_ASSERT(policy.has_value());
        policies.push_back(std::move(*policy));
    };
    for (const std::string_view path : mapping::built_in_files()) {
        if (path.starts_with("policies/")) add(*mapping::built_in_file(path));
    }
    for (const mapping::Mapping& one : mapping::built_in_mappings()) {
        const bool makes_records = one.target == mapping::Target::consent && !one.rules.empty();
        if (makes_records) add(mapping_policy(one, 1));
    }
    std::stable_partition(policies.begin(), policies.end(),
                          [](const PolicyFile& policy) { return policy.is_vocabulary; });
    return policies;
}

}  // namespace consentree::client
