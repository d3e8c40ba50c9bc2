#include "node/openapi_schemas.h"

namespace consentree::node {

namespace {

using client::api::Json;

const Json text{{"type", "string"}};
const Json text_or_null{{"type", {"string", "null"}}};
const Json time_text{{"type", "string"}, {"format", "date-time"}};
const Json number{{"type", "integer"}, {"minimum", 0}};
const Json number_or_null{{"type", {"integer", "null"}}, {"minimum", 0}};
const Json truth{{"type", "boolean"}};
const Json hash{{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}};
const Json base64{{"type", "string"}, {"contentEncoding", "base64"}};
const Json any_object{{"type", "object"}};

Json list_of(const Json& items) {
    return {{"type", "array"}, {"items", items}};
}
Json reference(const char* schema) {
    return {{"$ref", std::string("#/components/schemas/") + schema}};
}

using Members = std::vector<std::pair<const char*, Json>>;

Json object(const Members& required, const Members& optional = {}) {
    Json out;
    out["type"] = "object";
    Json names = Json::array();
    for (const auto& [name, schema] : required) {
        out["properties"][name] = schema;
        names.push_back(name);
    }
    for (const auto& [name, schema] : optional) out["properties"][name] = schema;
    if (!names.empty()) out["required"] = std::move(names);
    return out;
}

Json page_of(const char* schema) {
    return object({{"items", list_of(reference(schema))},
                   {"next_cursor", text_or_null},
                   {"as_of_height", number},
                   {"complete", truth}});
}

void add_transactions(Json& out) {
    out["TransactionRequest"] =
        object({{"payloadType", {{"const", "application/vnd.consentree.tx+json"}}},
                {"payload", base64},
                {"signatures", list_of(object({{"sig", base64}}, {{"keyid", text}}))},
                {"events", list_of(base64)}});
    out["TransactionAnswer"] =
        object({{"status", {{"enum", {"pending", "committed", "rejected", "refused"}}}}},
               {{"tx_id", hash},
                {"height", number},
                {"time", time_text},
                {"leaves", list_of(number)},
                {"code", text},
                {"detail", text},
                {"pointer", text},
                {"replayed", truth},
                {"receipt", reference("Receipt")}});
    out["TransactionAnswers"] = object({{"items", list_of(reference("TransactionAnswer"))}});
    out["Evidence"] =
        object({{"version", {{"const", 2}}},
                {"network", hash},
                {"question", object({{"kind", text},
                                     {"label", text},
                                     {"issuer", text},
                                     {"from", text_or_null},
                                     {"to", text_or_null},
                                     {"as_of", {{"type", {"integer", "string", "null"}}}}})},
                {"seal", object({{"entry", base64}, {"proof", text}})},
                {"as_of", {{"type", {"object", "null"}}}},
                {"map", object({{"value", text_or_null}, {"proof", base64}})},
                {"range", object({{"proof", base64},
                                  {"before", text_or_null},
                                  {"after", text_or_null},
                                  {"leaves", list_of(number)}})},
                {"entries", list_of(base64)},
                {"transactions", list_of(object({{"header", base64},
                                                 {"signature", base64},
                                                 {"entries", number},
                                                 {"events_path", list_of(base64)}}))}});
    out["Receipt"] = object({{"version", {{"const", 1}}},
                             {"network", hash},
                             {"transaction", object({{"header", base64}, {"signature", base64}})},
                             {"receipts", list_of(object({{"position", number},
                                                          {"entry", base64},
                                                          {"events_path", list_of(base64)},
                                                          {"proof", text}}))}});
}

void add_alerts(Json& out) {
    out["Alert"] = object({{"id", text},
                           {"rule", text},
                           {"severity", {{"enum", {"notice", "warning", "serious"}}}},
                           {"sentence", text},
                           {"subject", text_or_null},
                           {"provider", text_or_null},
                           {"actor", text_or_null},
                           {"issuer", text_or_null},
                           {"consent_id", text_or_null},
                           {"index", number},
                           {"height", number},
                           {"time", time_text},
                           {"cursor", text},
                           {"since", time_text},
                           {"ended", text_or_null}});
    out["AlertPage"] = page_of("Alert");
    for (const char* name : {"open", "watched_from", "watched_to"}) {
        out["AlertPage"]["properties"][name] = number;
        out["AlertPage"]["required"].push_back(name);
    }
}

void add_check(Json& out) {
    out["CheckRequest"] =
        object({{"subject", text}, {"recipient", text}, {"purpose", text}, {"data", list_of(text)}},
               {{"action", text},
                {"resources", list_of(text)},
                {"issuer", text},
                {"consent_id", text},
                {"data_from", time_text},
                {"data_until", time_text},
                {"place", text},
                {"agreement", text},
                {"attended", truth}});
    out["CheckAnswer"] = object(
        {{"allowed", truth},
         {"verdict", text},
         {"issuer", text_or_null},
         {"consent_id", text_or_null},
         {"version", number},
         {"reason", text_or_null},
         {"failed", list_of(text)},
         {"checks",
          list_of(object({{"check", number}, {"code", text}, {"detail", text}, {"remedy", text}}))},
         {"explanation", text},
         {"remedy", text_or_null},
         {"scheme_rules", list_of(text)},
         {"granted_until", text_or_null},
         {"state", text_or_null},
         {"valid_from", text_or_null},
         {"valid_until", text_or_null},
         {"uses", number_or_null},
         {"uses_left", number_or_null},
         {"window_uses_left", number_or_null},
         {"next_use_at", text_or_null},
         {"scheme", text_or_null},
         {"agreement", text_or_null},
         {"as_of_height", number},
         {"as_of_time", time_text}});
}

void add_reading(Json& out) {
    out["Consent"] = object({{"issuer", text},
                             {"consent_id", text},
                             {"version", number},
                             {"state", text},
                             {"subject", text},
                             {"provider", text},
                             {"manager", text_or_null},
                             {"recipients", list_of(text)},
                             {"purposes", list_of(text)},
                             {"categories", list_of(text)},
                             {"valid_from", time_text},
                             {"valid_until", text_or_null},
                             {"status_since", time_text},
                             {"latest_version", number},
                             {"pending_version", number},
                             {"authorised_by", list_of(text)},
                             {"pending_authorised_by", list_of(text)},
                             {"scheme", text_or_null},
                             {"agreement", text_or_null},
                             {"needs_review", truth},
                             {"added_resources", list_of(text)},
                             {"removed_resources", list_of(text)},
                             {"created_height", number},
                             {"version_height", number},
                             {"events", number},
                             {"uses", number},
                             {"uses_left", number_or_null},
                             {"window_uses_left", number_or_null},
                             {"next_use_at", text_or_null},
                             {"as_of_height", number}},
                            {{"record", any_object}});
    out["Entry"] = object({{"index", number},
                           {"height", number},
                           {"time", time_text},
                           {"tx_id", hash},
                           {"position", number},
                           {"type", text},
                           {"verdict", text_or_null},
                           {"reason", text_or_null},
                           {"failed", list_of(text)},
                           {"flags", list_of(text)},
                           {"granted_until", text_or_null},
                           {"event", any_object}},
                          {{"entry", base64}});
    add_check(out);
    out["TimelineRequest"] = object({{"subject", text}}, {{"limit", number}, {"cursor", text}});
    out["ConsentPage"] = page_of("Consent");
    out["EntryPage"] = page_of("Entry");
    out["EntryPage"]["properties"]["proof"] = reference("Evidence");  // With proof=1.
}

// An object that may be null.
Json maybe(Json schema) {
    schema["type"] = {"object", "null"};
    return schema;
}

void add_registry(Json& out) {
    const Members signed_bytes{{"record", any_object}, {"record_bytes", base64}};
    out["Party"] = object(
        {{"id", text},
         {"name", text_or_null},
         {"validator", number_or_null},
         {"keys",
          list_of(object({{"fingerprint", text}, {"key", base64}, {"roles", list_of(text)}}))},
         {"registered",
          maybe(object({{"by", text}, {"height", number}, {"entry", number}, {"versions", number}},
                       signed_bytes))}});
    const Members version{{"version", number},         {"sha256", hash},
                          {"entry", number},           {"parties", list_of(text)},
                          {"purposes", list_of(text)}, {"categories", list_of(text)},
                          {"valid_from", time_text},   {"valid_until", text_or_null}};
    Members proposed = version;
    proposed.emplace_back("accepted_by", list_of(text));
    proposed.emplace_back("awaited", list_of(text));
    out["Agreement"] = object({{"agreement_id", text},
                               {"state", text},
                               {"agreed", maybe(object(version, signed_bytes))},
                               {"proposed", maybe(object(proposed, signed_bytes))},
                               {"ended_at", text_or_null},
                               {"as_of_height", number}});
    out["Restriction"] = object({{"institution", text},
                                 {"request", text},
                                 {"right", text_or_null},
                                 {"since", text_or_null},
                                 {"due", text_or_null},
                                 {"entry", number_or_null}});
    out["PartyPage"] = page_of("Party");
    out["AgreementPage"] = page_of("Agreement");
    out["RestrictionPage"] = page_of("Restriction");
}

void add_network(Json& out) {
    out["Checkpoint"] =
        object({{"height", number}, {"tree_size", number}, {"root", hash}, {"note", text}});
    out["Consistency"] = object({{"from", number}, {"to", number}, {"proof", list_of(base64)}});
    out["Block"] = object(
        {{"height", number},
         {"view", number},
         {"id", hash},
         {"time", time_text},
         {"time_us", number},
         {"batches", list_of(object({{"lane", number}, {"seq", number}, {"digest", hash}}))}});
    out["Reports"] = object({{"items", list_of(object({{"number", number},
                                                       {"name", text},
                                                       {"question", text},
                                                       {"articles", text},
                                                       {"keys", list_of(text)},
                                                       {"demands", list_of(text)},
                                                       {"takes", list_of(text)}}))},
                             {"parameters", list_of(text)}});
    const Json policy_document = object({{"version", number},
                                         {"sha256", hash},
                                         {"leaf", number},
                                         {"proposed_by", text},
                                         {"proposed_at", time_text},
                                         {"approved_by", list_of(text)},
                                         {"in_force_since", text_or_null}},
                                        {{"document", text}});
    out["Policy"] = object({{"id", text},
                            {"type", {{"enum", {"scheme", "vocabulary", "mapping"}}}},
                            {"in_force", {{"anyOf", {policy_document, {{"type", "null"}}}}}},
                            {"proposals", list_of(policy_document)},
                            {"as_of_height", number}});
    out["PolicyPage"] = page_of("Policy");
    out["Network"] = object({{"network", hash},
                             {"name", text},
                             {"origin", text},
                             {"validators", number},
                             {"quorum", number},
                             {"genesis", text},
                             {"trust", text}});
    out["Status"] = object({{"institution", text},
                            {"network", hash},
                            {"network_name", text},
                            {"version", text},
                            {"validator", number},
                            {"ready", truth},
                            {"height", number},
                            {"block_time", text_or_null},
                            {"tree_size", number},
                            {"certified_tree_size", number},
                            {"root", hash},
                            {"view", number},
                            {"leader", text},
                            {"catching_up", truth},
                            {"may_vote", truth},
                            {"condition", text_or_null},
                            {"pending_transactions", number},
                            {"unordered_batches", number},
                            {"disk_bytes", number},
                            {"validators", number},
                            {"quorum", number},
                            {"connected", number},
                            {"peers", list_of(object({{"institution", text},
                                                      {"connected", truth},
                                                      {"height", number},
                                                      {"last_seen", text_or_null}}))}});
    out["Version"] = object({{"version", text}, {"api", text}});
    out["Document"] = any_object;
}

}  // namespace

Json openapi_schemas() {
    Json out;
    add_transactions(out);
    add_reading(out);
    add_alerts(out);
    add_registry(out);
    add_network(out);
    out["Problem"] = object({{"type", text}, {"title", text}, {"status", number}, {"code", text}},
                            {{"detail", text},
                             {"instance", text},
                             {"request_id", text},
                             {"hint", text},
                             {"tx_id", hash},
                             {"decided", truth},
                             {"errors", list_of(object({{"pointer", text}, {"detail", text}}))}});
    out["ProblemKind"] = object(
        {{"type", text}, {"code", text}, {"status", number}, {"title", text}, {"hint", text}});
    out["ProblemKinds"] = object({{"items", list_of(reference("ProblemKind"))}});
    return out;
}

}  // namespace consentree::node
