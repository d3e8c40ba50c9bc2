// The API's route table: the one place that knows paths, methods and query parameters. The server
// dispatches by it and /v1/openapi.json is made from it, so that they cannot differ.
#pragma once

#include "node/api_service.h"

#include <span>

namespace consentree::node {

// What a query parameter's value must look like; checked before a handler runs.
enum class ParameterKind {
    text,    // Any, at most 256 bytes.
    number,  // A whole number from 0.
    limit,   // 1 to limits::page_items.
    time,    // RFC 3339, or a date.
    order,   // "asc" or "desc".
    state,   // A consent's state.
    agreement_state,
    verdict,  // A verdict's name.
    hash,     // 64 hexadecimal digits.
    flag,     // Present or not.
};
struct Parameter {
    std::string_view name;
    ParameterKind kind;
    std::string_view description;
};

struct ApiCall {
    ApiService& service;
    const ApiRequest& request;
    std::vector<std::string> captures;  // What stands for the {parts} of the pattern.
    ApiViewPtr view;

    // Empty or nothing if the query does not have it; valid if it does.
    std::string text(std::string_view name) const;
    std::optional<std::uint64_t> number(std::string_view name) const;
    std::optional<TimeMs> time(std::string_view name) const;
    bool has(std::string_view name) const;
};

struct Route {
    std::string_view method, pattern, id, summary;
    std::span<const Parameter> parameters;
    // One of the two. read runs on the work pool, or on the API's thread if it is immediate.
    ApiReply (*read)(const ApiCall&) = nullptr;
    Awaitable<ApiReply> (*act)(const ApiCall&) = nullptr;
    bool immediate = false;
    bool reads_state = false;  // Takes ?min_height=.
    std::span<const std::string_view> body_types = {};
    std::string_view body_schema = {};  // Of the JSON body: a name under components/schemas.
    unsigned status = 200;
    std::string_view answer_schema = {};  // Of a JSON answer. Empty: answer_type.
    std::string_view answer_type = "text/plain";
    Caching caching = Caching::none;
    CallerRole role = CallerRole::client;  // The least that may call.
    bool takes_rest = false;  // The last {part} is all that is left of the path, slashes included.
};
std::span<const Route> api_routes();
// min_height, which every route that reads state takes.
const Parameter& min_height_parameter();

// Finds the route, checks the query, runs the handler. matched is set to the pattern, for metrics.
// A HEAD request is answered as GET: the server leaves the body out.
Awaitable<ApiReply> dispatch(ApiService& service, ApiRequest& request, std::string_view& matched);

}  // namespace consentree::node
