#include "client/api_policy.h"
#include "client/api_json.h"

namespace consentree::client::api {

namespace {

Json json_of(const PolicyDocument& document) {
    Json out;
    out["version"] = document.version;
    out["sha256"] = document.sha256;
    out["leaf"] = document.leaf;
    out["proposed_by"] = document.proposed_by;
    out["proposed_at"] = document.proposed_at;
    out["approved_by"] = document.approved_by;
    out["in_force_since"] = or_null(document.in_force_since);
    if (!document.document.empty()) out["document"] = document.document;
    return out;
}

PolicyDocument read_document(MemberReader& reader) {
    PolicyDocument document;
    document.version = static_cast<std::uint32_t>(reader.number_up_to("version", UINT32_MAX));
    document.sha256 = reader.text("sha256");
    document.leaf = reader.number("leaf");
    document.proposed_by = reader.text("proposed_by");
    document.proposed_at = reader.text("proposed_at");
    document.approved_by = reader.texts("approved_by", true);
    document.in_force_since = reader.optional_text("in_force_since");
    document.document = reader.optional_text("document");
    return document;
}

Json json_of(const Policy& policy) {
    Json proposals = Json::array();
    for (const PolicyDocument& document : policy.proposals) proposals.push_back(json_of(document));
    Json out;
    out["id"] = policy.id;
    out["type"] = policy.type;
    out["in_force"] = policy.in_force ? json_of(*policy.in_force) : Json();
    out["proposals"] = std::move(proposals);
    out["as_of_height"] = policy.as_of_height;
    return out;
}

Policy read_policy(MemberReader& reader) {
    Policy policy;
    policy.id = reader.text("id");
    policy.type = reader.text("type");
    if (const std::string in_force = reader.json("in_force"); !in_force.empty()) {
        auto document = parse_answer<PolicyDocument>(in_force, read_document);
        if (document) policy.in_force = std::move(*document);
        if (!document) reader.fail("in_force", "it is not a policy's document");
    }
    policy.proposals = parse_items<PolicyDocument>(reader, "proposals", read_document);
    policy.as_of_height = reader.number("as_of_height");
    return policy;
}

}  // namespace

std::string format(const Policy& policy) {
    return dump(json_of(policy));
}

Result<Policy> parse_policy(std::string_view json) {
    return parse_answer<Policy>(json, read_policy);
}

std::string format(const Page<Policy>& page) {
    Json items = Json::array();
    for (const Policy& policy : page.items) items.push_back(json_of(policy));
    Json out;
    out["items"] = std::move(items);
    out["next_cursor"] = or_null(page.next_cursor);
    out["as_of_height"] = page.as_of_height;
    out["complete"] = page.complete;
    return dump(out);
}

Result<Page<Policy>> parse_policies(std::string_view json) {
    return parse_answer<Page<Policy>>(json, [](MemberReader& reader) {
        Page<Policy> page;
        page.items = parse_items<Policy>(reader, "items", read_policy);
        page.next_cursor = reader.optional_text("next_cursor");
        page.as_of_height = reader.number("as_of_height");
        page.complete = reader.boolean("complete", false);
        return page;
    });
}

}  // namespace consentree::client::api
