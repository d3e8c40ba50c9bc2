#include "node/api_http.h"

#include "common/hash.h"
#include "node/problem.h"

#include <boost/url/parse.hpp>
#include <boost/url/src.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace consentree::node {

ApiReply json_reply(std::string body, unsigned status) {
    ApiReply reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
}

ApiReply text_reply(std::string body, unsigned status) {
    ApiReply reply = json_reply(std::move(body), status);
    reply.content_type = "text/plain; charset=utf-8";
    return reply;
}

ApiReply bytes_reply(BytesView body) {
    ApiReply reply = json_reply(std::string(as_text(body)));
    reply.content_type = bytes_type;
    return reply;
}

void allow_caching(Caching caching, const ApiRequest& request, ApiReply& reply) {
    if (caching == Caching::none || reply.status != 200) return;
    const Hash hash = sha256(as_bytes(reply.body));
    const std::string tag = '"' + to_hex(hash.view().first(16)) + '"';
    reply.headers.emplace_back("ETag", tag);
    // Neither public nor private: a shared cache keeps no answer to a request with credentials.
    reply.headers.emplace_back("Cache-Control", caching == Caching::immutable
                                                    ? "max-age=31536000, immutable"
                                                    : "no-cache");
    // Tags hold no quotes, so that a listed one, weak or strong, is found as it stands.
    const bool is_held =
        request.if_none_match == "*" || request.if_none_match.find(tag) != std::string::npos;
    if (!is_held) return;
    reply.status = 304;
    reply.body.clear();
}

ApiReply problem_reply(const ApiRequest& request, const Refusal& refusal) {
    return problem_reply(request, make_problem(refusal));
}

ApiReply problem_reply(const ApiRequest& request, api::Problem problem) {
    // The query is left out: it may name a subject, and problems end up in logs.
    problem.instance = request.target.substr(0, request.target.find('?'));
    problem.request_id = request.request_id;
    ApiReply reply;
    reply.status = problem.status;
    reply.content_type = api::problem_type;
    reply.body = api::format(problem);
    if (problem.status == 429 || problem.status == 503) reply.headers = {{"Retry-After", "1"}};
    if (problem.status == 401) {
        const bool is_caller = problem.name() == "caller-unknown";
        reply.headers = {{"WWW-Authenticate", is_caller
                                                  ? "Bearer realm=\"consentree\""
                                                  : "Consentree-Signature realm=\"transactions\""}};
    }
    return reply;
}

Checked<ApiTarget> parse_target(std::string_view target) {
    const auto url = boost::urls::parse_origin_form({target.data(), target.size()});
    if (url.has_error()) {
        return Refusal{"bad-request", "the request target is not a valid path and query", "", ""};
    }
    ApiTarget parsed;
    for (const auto& segment : url->segments()) {
        parsed.segments.emplace_back(segment.data(), segment.size());
    }
    boost::urls::encoding_opts decode;
    decode.space_as_plus = true;
    for (const auto& parameter : url->params(decode)) {
        parsed.parameters.emplace_back(std::string(parameter.key.data(), parameter.key.size()),
                                       std::string(parameter.value.data(), parameter.value.size()));
    }
    return parsed;
}

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

void read_prefer(std::string_view value, ApiRequest& request) {
    while (!value.empty()) {
        const std::size_t comma = value.find(',');
        const std::string_view part = trim(value.substr(0, comma));
        value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
        if (part == "return=minimal") request.minimal = true;
        if (part.substr(0, 5) != "wait=") continue;
        unsigned seconds = 0;
        const char* end = part.data() + part.size();
        const auto [at, error] = std::from_chars(part.data() + 5, end, seconds);
        if (error != std::errc() || at != end) continue;
        request.wait = std::chrono::seconds(std::min<std::size_t>(seconds, api::wait_seconds_max));
    }
}

}  // namespace consentree::node
