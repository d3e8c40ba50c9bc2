#include "node/openapi.h"

#include "client/api_alerts.h"
#include "client/api_json.h"
#include "ledger/queries_registry.h"
#include "node/api_routes.h"
#include "node/openapi_schemas.h"
#include "node/problem.h"
#include "node/version.h"

namespace consentree::node {

namespace {

using client::api::Json;

Json reference(std::string_view schema) {
    return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

Json schema_of(ParameterKind kind) {
    switch (kind) {
        case ParameterKind::text: return {{"type", "string"}, {"minLength", 1}, {"maxLength", 256}};
        case ParameterKind::number: return {{"type", "integer"}, {"minimum", 0}};
        case ParameterKind::limit:
            return {{"type", "integer"}, {"minimum", 1}, {"maximum", 500}, {"default", 50}};
        case ParameterKind::time: return {{"type", "string"}, {"format", "date-time"}};
        case ParameterKind::order: return {{"type", "string"}, {"enum", {"asc", "desc"}}};
        case ParameterKind::state:
            return {{"type", "string"},
                    {"enum",
                     {"requested", "partial", "active", "suspended", "rejected", "withdrawn",
                      "revoked", "invalidated", "expired", "superseded"}}};
        case ParameterKind::agreement_state: {
            const auto states = ledger::agreement_statuses();
            return {{"type", "string"}, {"enum", std::vector(states.begin(), states.end())}};
        }
        case ParameterKind::verdict:
            return {{"type", "string"},
                    {"enum", {"PERMIT", "DENY", "PERMIT_OTHER_BASIS", "OVERRIDE", "NEEDS_REVIEW"}}};
        case ParameterKind::hash: return {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}};
        case ParameterKind::flag: return {{"type", "string"}, {"maxLength", 0}};
    }
    return Json::object();
}

Json query_parameter(const Parameter& parameter) {
    Json out;
    out["name"] = parameter.name;
    out["in"] = "query";
    out["required"] = false;
    out["description"] = parameter.description;
    out["schema"] = schema_of(parameter.kind);
    if (parameter.kind == ParameterKind::flag) out["allowEmptyValue"] = true;
    return out;
}

Json prefer_header() {
    Json out;
    out["name"] = "Prefer";
    out["in"] = "header";
    out["required"] = false;
    out["description"] = "wait=N (0 to 30 seconds), return=minimal (RFC 7240)";
    out["schema"] = {{"type", "string"}};
    return out;
}

Json last_event_header() {
    Json out;
    out["name"] = "Last-Event-ID";
    out["in"] = "header";
    out["description"] = "As after, and before it: what an event source sends when it comes back.";
    out["schema"] = {{"type", "string"}};
    return out;
}

Json parameters_of(const Route& route) {
    Json list = Json::array();
    std::string_view rest = route.pattern;
    for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
        const std::size_t close = rest.find('}', open);
        Json out;
        out["name"] = rest.substr(open + 1, close - open - 1);
        out["in"] = "path";
        out["required"] = true;
        out["schema"] = {{"type", "string"}};
        list.push_back(std::move(out));
        rest = rest.substr(close);
    }
    for (const Parameter& parameter : route.parameters) list.push_back(query_parameter(parameter));
    if (route.reads_state) list.push_back(query_parameter(min_height_parameter()));
    const bool is_stream = route.answer_type == client::api::event_stream_type;
    if (is_stream) list.push_back(last_event_header());
    if (!is_stream && (route.act != nullptr || route.reads_state)) list.push_back(prefer_header());
    return list;
}

Json body_of(const Route& route) {
    Json content;
    for (const std::string_view type : route.body_types) {
        const bool is_json = type == client::api::json_type;
        content[std::string(type)]["schema"] =
            is_json ? reference(route.body_schema) : Json{{"type", "string"}, {"format", "binary"}};
    }
    return {{"required", true}, {"content", content}};
}

Json problem(const char* description) {
    Json out;
    out["description"] = description;
    out["content"]["application/problem+json"]["schema"] = reference("Problem");
    return out;
}

Json answers_of(const Route& route) {
    Json answer;
    answer["description"] = route.summary;
    if (route.answer_schema.empty()) {
        answer["content"][std::string(route.answer_type)]["schema"] = {{"type", "string"}};
    } else {
        answer["content"]["application/json"]["schema"] = reference(route.answer_schema);
    }
    Json out;
    out[std::to_string(route.status)] = answer;
    if (route.caching != Caching::none) {
        out["304"]["description"] = "If-None-Match has its ETag";
    }
    if (route.status == 201) {
        answer["description"] = "Accepted, not yet decided";
        out["202"] = std::move(answer);
    }
    const bool checks_signature = route.body_schema == "TransactionRequest";
    if (route.role != CallerRole::nobody || checks_signature) {
        out["401"] = problem(
            checks_signature ? "The node does not know the caller, or a signature does not verify"
                             : "The node does not know the caller");
        if (route.role != CallerRole::nobody) {
            out["401"]["headers"]["WWW-Authenticate"]["schema"] = {{"type", "string"}};
        }
    }
    if (route.role == CallerRole::client) {
        out["403"] = problem(checks_signature ? "The caller's role, or the key, does not allow this"
                                              : "The caller's role does not reach this path");
    }
    out["default"] = problem("A problem (RFC 9457)");
    return out;
}

Json operation_of(const Route& route) {
    Json out;
    out["operationId"] = route.id;
    out["summary"] = route.summary;
    if (Json list = parameters_of(route); !list.empty()) out["parameters"] = std::move(list);
    if (!route.body_types.empty()) out["requestBody"] = body_of(route);
    out["responses"] = answers_of(route);
    // A node without callers in its settings asks nobody for a token.
    if (route.role != CallerRole::nobody) {
        out["security"] = Json::array({Json{{"bearer", Json::array()}}, Json::object()});
    }
    return out;
}

std::string make_document() {
    Json out;
    out["openapi"] = "3.1.0";
    out["info"]["title"] = "Consentree node";
    out["info"]["version"] = version();
    out["info"]["description"] =
        "Every answer carries Request-Id, Consentree-Height and Consentree-Network. Every GET path "
        "answers HEAD. Query parameters that are not listed are refused.";
    for (const Route& route : api_routes()) {
        std::string method(route.method);
        for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
        out["paths"][std::string(route.pattern)][method] = operation_of(route);
    }
    out["components"]["schemas"] = openapi_schemas();
    Json& bearer = out["components"]["securitySchemes"]["bearer"];
    bearer["type"] = "http";
    bearer["scheme"] = "bearer";
    bearer["description"] =
        "A token from the node's operator (consentree key token). A node that has callers in its "
        "settings answers 401 without one; a node on loopback without callers asks for none.";
    return out.dump();
}

}  // namespace

const std::string& openapi_document() {
    static const std::string document = make_document();
    return document;
}

}  // namespace consentree::node
