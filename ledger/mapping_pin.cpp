#include "ledger/mapping_pin.h"

#include "common/assert.h"
#include "ledger/event_fields.h"
#include "ledger/scheme_fields.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

// "ob-uk-3" is version 3 of "ob-uk".
std::string_view name_of(std::string_view mapping_id) {
    return mapping_id.substr(0, mapping_id.rfind('-'));
}

// A member of an object, or nothing.
std::optional<Json::Value> member(const std::optional<Json::Value>& object, std::string_view name) {
    if (!object) return std::nullopt;
    Json::Value value = object->first();
    for (std::uint32_t k = 0; k < object->count(); ++k, value = value.next()) {
        if (value.name() == name) return value;
    }
    return std::nullopt;
}

}  // namespace

Checked<MappingPin> parse_mapping_pin(std::string_view json) {
    const auto document = Json::parse(json, scheme_json_limits);
    if (!document) return document.error();
    Fields fields(document->root(), "");
    MappingPin pin;
    fields.one_of("schema", {"consentree/mapping/1"});
    pin.id = fields.code("id");
    pin.version = read_version(fields);
    pin.title = fields.kept_text("title", text_bytes, Need::required);
    pin.mapping_id = fields.code("mapping_id");
    pin.sha256 = fields.sha256("sha256");
    fields.text("source", text_bytes, Need::optional);
    fields.text("note", text_bytes, Need::optional);
    if (pin.id != std::string(mapping_policy_prefix) + std::string(name_of(pin.mapping_id))) {
        fields.reader.fail("id", "mapping: and the name of the mapping was expected");
    }
    if (auto refusal = fields.reader.finish()) return std::move(*refusal);
    return pin;
}

std::optional<Refusal> check_mapping(Overlay& overlay, std::string_view event) {
    const auto document = Json::parse(event, {});
    CT_ASSERT(document.has_value());  // Its schema was checked, and so are these members there.
    const auto source = member(member(document->root(), "consent"), "source");
    if (!source) return std::nullopt;
    const std::string_view id = member(source, "mapping_id")->string();
    const std::string_view sha256 = member(source, "mapping_sha256")->string();
    const auto& policy = overlay.policies().at(named_key(
        StateKind::policy, std::string(mapping_policy_prefix) + std::string(name_of(id))));
    const auto& versions = policy.value.versions;
    if (!policy.exists || policy.value.type != PolicyType::mapping || versions.empty()) {
        return std::nullopt;
    }
    const bool is_approved = std::any_of(versions.rbegin(), versions.rend(), [&](const Hash& hash) {
        const auto& row = overlay.policy_documents().at(hash_key(StateKind::document, hash));
        CT_ASSERT(row.exists);
        const auto pin = parse_mapping_pin(row.value.json);
        return pin && pin->mapping_id == id && pin->sha256 == sha256;
    });
    if (is_approved) return std::nullopt;
    return Refusal{"mapping-unknown",
                   "the network has approved the mapping " + std::string(name_of(id)) +
                       ", and this version of it never came into force",
                   "/consent/source/mapping_sha256",
                   "Import with an approved version: consentree policy show " +
                       std::string(mapping_policy_prefix) + std::string(name_of(id))};
}

}  // namespace consentree::ledger
