// One HTTP request and its answer as values, free of sockets: what routes and handlers see.
#pragma once

#include "client/api.h"
#include "common/bytes.h"
#include "common/error.h"
#include "node/api_callers.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace consentree::node {

namespace api = client::api;

inline constexpr std::string_view bytes_type = "application/octet-stream";

struct ApiRequest {
    std::string method;
    std::string target;                                           // As sent.
    std::vector<std::string> segments;                            // Of the path, percent-decoded.
    std::vector<std::pair<std::string, std::string>> parameters;  // Of the query, decoded.
    std::string content_type;                                     // Lower case, without parameters.
    std::string body;
    std::string request_id;
    std::string if_none_match;
    CallerRole role = CallerRole::nobody;
    std::chrono::seconds wait{0};  // Prefer: wait=N, at most 30.
    bool minimal = false;          // Prefer: return=minimal
    std::string last_event_id;
    bool takes_chunks = true;  // HTTP/1.1
};

class ApiTail;

struct ApiReply {
    unsigned status = 200;
    std::string content_type = std::string(api::json_type);
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::shared_ptr<ApiTail> tail{};  // Instead of the body: goes on until the connection ends.
};

// What a client may do with a 200 that it keeps.
enum class Caching {
    none,
    revalidate,  // Ask each time whether it still holds.
    immutable,   // It never changes.
};

ApiReply json_reply(std::string body, unsigned status = 200);
ApiReply text_reply(std::string body, unsigned status = 200);
ApiReply bytes_reply(BytesView body);
// Gives a 200 its Cache-Control and an ETag over its body, or makes it a 304 if the client has it.
void allow_caching(Caching caching, const ApiRequest& request, ApiReply& reply);
// Adds what the problem's status demands: Retry-After, WWW-Authenticate.
ApiReply problem_reply(const ApiRequest& request, const Refusal& refusal);
ApiReply problem_reply(const ApiRequest& request, api::Problem problem);

// Splits and decodes a request target in origin form (RFC 9112 3.2.1).
struct ApiTarget {
    std::vector<std::string> segments;
    std::vector<std::pair<std::string, std::string>> parameters;
};
Checked<ApiTarget> parse_target(std::string_view target);
// RFC 7240; unknown preferences are ignored, as it says.
void read_prefer(std::string_view value, ApiRequest& request);

}  // namespace consentree::node
