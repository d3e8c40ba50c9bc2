#include "node/api_routes.h"

#include "common/limits.h"
#include "common/time.h"
#include "ledger/queries_registry.h"
#include "ledger/verdict.h"
#include "node/log.h"
#include "node/problem.h"

#include <algorithm>
#include <charconv>

namespace consentree::node {

namespace {

std::optional<std::uint64_t> to_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || at != text.data() + text.size()) return {};
    return value;
}

std::optional<TimeMs> to_time(std::string_view text) {
    const auto time = parse_rfc3339(text);
    return time ? time : parse_date(text);
}

constexpr auto verdicts_text = "PERMIT, DENY, PERMIT_OTHER_BASIS, OVERRIDE or NEEDS_REVIEW";
bool is_verdict(std::string_view text) {
    for (int value = 1; value <= 5; ++value) {
        if (text == ledger::verdict_name(static_cast<ledger::Verdict>(value))) return true;
    }
    return false;
}

bool is_agreement_state(std::string_view text) {
    const auto states = ledger::agreement_statuses();
    return std::find(states.begin(), states.end(), text) != states.end();
}

// What the kind asks for, or nothing if the value is that.
std::string_view mismatch(ParameterKind kind, std::string_view value) {
    switch (kind) {
        case ParameterKind::text:
            return value.size() <= 256 && !value.empty() ? "" : "1 to 256 bytes";
        case ParameterKind::number: return to_number(value) ? "" : "a whole number from 0";
        case ParameterKind::limit: {
            const auto number = to_number(value);
            const bool is_within = number && *number >= 1 && *number <= limits::page_items;
            return is_within ? "" : "a whole number from 1 to 500";
        }
        case ParameterKind::time: return to_time(value) ? "" : "a time in RFC 3339, or a date";
        case ParameterKind::order: return value == "asc" || value == "desc" ? "" : "asc or desc";
        case ParameterKind::state: return ledger::status_of(value) ? "" : "a consent's state";
        case ParameterKind::agreement_state:
            return is_agreement_state(value) ? "" : "an agreement's state";
        case ParameterKind::verdict: return is_verdict(value) ? "" : verdicts_text;
        case ParameterKind::hash:
            return fixed_from_hex<Hash>(value) ? "" : "64 lower-case hexadecimal digits";
        case ParameterKind::flag: return value.empty() ? "" : "nothing";
    }
    return "";
}

const Parameter* find_parameter(const Route& route, std::string_view name) {
    for (const Parameter& parameter : route.parameters) {
        if (parameter.name == name) return &parameter;
    }
    if (route.reads_state && name == min_height_parameter().name) return &min_height_parameter();
    return nullptr;
}

std::optional<Refusal> check_parameters(const Route& route, const ApiRequest& request) {
    std::set<std::string_view> seen;
    for (const auto& [name, value] : request.parameters) {
        const Parameter* parameter = find_parameter(route, name);
        if (parameter == nullptr) {
            return Refusal{"unknown-parameter", "\"" + name + "\" is no parameter here", "", ""};
        }
        if (!seen.insert(name).second) {
            return Refusal{"invalid-parameter", "\"" + name + "\" is given twice", "", ""};
        }
        const std::string_view expected = mismatch(parameter->kind, value);
        if (!expected.empty()) {
            return Refusal{"invalid-parameter", "\"" + name + "\" must be " + std::string(expected),
                           "", ""};
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> split_pattern(std::string_view pattern) {
    std::vector<std::string_view> parts;
    while (!pattern.empty()) {
        pattern.remove_prefix(1);
        const std::size_t slash = std::min(pattern.find('/'), pattern.size());
        parts.push_back(pattern.substr(0, slash));
        pattern.remove_prefix(slash);
    }
    return parts;
}

struct Pattern {
    const Route* route;
    std::vector<std::string_view> parts;
};

const std::vector<Pattern>& patterns() {
    static const std::vector<Pattern> made = [] {
        std::vector<Pattern> list;
        for (const Route& route : api_routes()) {
            list.push_back({&route, split_pattern(route.pattern)});
        }
        return list;
    }();
    return made;
}

bool matches(const Pattern& pattern,
             const std::vector<std::string>& segments,
             std::vector<std::string>& captures) {
    const std::vector<std::string_view>& parts = pattern.parts;
    const bool takes_rest = pattern.route->takes_rest;
    if (segments.size() < parts.size()) return false;
    if (segments.size() > parts.size() && !takes_rest) return false;
    captures.clear();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].front() == '{') {
            if (segments[i].empty()) return false;
            captures.push_back(segments[i]);
        } else if (parts[i] != segments[i]) {
            return false;
        }
    }
    for (std::size_t i = parts.size(); i < segments.size(); ++i) {
        captures.back() += '/' + segments[i];
    }
    // An encoded slash is no separator.
    return !takes_rest || std::count(captures.back().begin(), captures.back().end(), '/') ==
                              static_cast<std::ptrdiff_t>(segments.size() - parts.size());
}

struct Found {
    const Route* route = nullptr;
    std::vector<std::string> captures;
    std::string allowed;  // Methods of the path; empty: nothing is there.
    std::string_view pattern;
};

Found find_route(const ApiRequest& request) {
    Found found;
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    std::vector<std::string> captures;
    for (const Pattern& pattern : patterns()) {
        if (!matches(pattern, request.segments, captures)) continue;
        // A literal path stands before the pattern that would swallow it.
        if (!found.pattern.empty() && found.pattern != pattern.route->pattern) break;
        found.pattern = pattern.route->pattern;
        if (!found.allowed.empty()) found.allowed += ", ";
        found.allowed += pattern.route->method;
        if (pattern.route->method == "GET") found.allowed += ", HEAD";
        if (pattern.route->method == method) {
            found.route = pattern.route;
            found.captures = captures;
        }
    }
    if (!found.allowed.empty()) found.allowed += ", OPTIONS";
    return found;
}

Refusal check_content_type(const Route& route, const ApiRequest& request) {
    for (const std::string_view type : route.body_types) {
        if (request.content_type == type) return {};
    }
    if (route.body_types.empty() && request.body.empty()) return {};
    std::string detail = "this path takes no body";
    if (!route.body_types.empty()) detail = "Content-Type must be one of:";
    for (const std::string_view type : route.body_types) detail += " " + std::string(type);
    return Refusal{"unsupported-media-type", detail, "", ""};
}

// Until the tables reach the height, as long as the caller is willing to wait.
Awaitable<bool> reach(ApiService& service, Height height, std::chrono::seconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    const auto wakeup = service.make_wakeup();
    while (service.view()->tip.height < height) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= until || service.is_stopping()) co_return false;
        co_await wakeup->wait_until(std::min(until, now + std::chrono::milliseconds(20)));
    }
    co_return true;
}

Awaitable<ApiReply> run(const Route& route, const ApiCall& call) {
    auto read = [&route, &call] {
        ApiReply reply = route.read(call);
        allow_caching(route.caching, call.request, reply);
        return reply;
    };
    if (route.act == nullptr && route.immediate) co_return read();
    if (route.act == nullptr) co_return co_await run_on(call.service.work, std::move(read));
    ApiReply reply = co_await route.act(call);
    allow_caching(route.caching, call.request, reply);
    co_return reply;
}

}  // namespace

bool ApiCall::has(std::string_view name) const {
    for (const auto& parameter : request.parameters) {
        if (parameter.first == name) return true;
    }
    return false;
}

std::string ApiCall::text(std::string_view name) const {
    for (const auto& parameter : request.parameters) {
        if (parameter.first == name) return parameter.second;
    }
    return {};
}

std::optional<std::uint64_t> ApiCall::number(std::string_view name) const {
    return to_number(text(name));
}

std::optional<TimeMs> ApiCall::time(std::string_view name) const {
    return to_time(text(name));
}

Awaitable<ApiReply> dispatch(ApiService& service, ApiRequest& request, std::string_view& matched) {
    matched = "none";
    if (request.method == "OPTIONS" && request.target == "*") {
        co_return ApiReply{204, "", "", {{"Allow", "GET, HEAD, POST, OPTIONS"}}};
    }
    auto target = parse_target(request.target);
    if (!target) co_return problem_reply(request, target.error());
    request.segments = std::move(target->segments);
    request.parameters = std::move(target->parameters);

    Found found = find_route(request);
    if (found.allowed.empty()) {
        co_return problem_reply(request, Refusal{"path-unknown", "nothing is here", "", ""});
    }
    matched = found.pattern;
    if (request.method == "OPTIONS") co_return ApiReply{204, "", "", {{"Allow", found.allowed}}};
    if (found.route == nullptr) {
        ApiReply reply = problem_reply(
            request, Refusal{"method-not-allowed", "allowed: " + found.allowed, "", ""});
        reply.headers.emplace_back("Allow", found.allowed);
        co_return reply;
    }
    if (request.role < found.route->role) {
        co_return problem_reply(
            request,
            Refusal{"caller-not-allowed", "this path is for callers of role \"client\"", "", ""});
    }
    if (const auto refusal = check_parameters(*found.route, request)) {
        co_return problem_reply(request, *refusal);
    }
    if (const Refusal refusal = check_content_type(*found.route, request); !refusal.code.empty()) {
        co_return problem_reply(request, refusal);
    }
    ApiCall call{service, request, std::move(found.captures), nullptr};
    const Height wanted = call.number(min_height_parameter().name).value_or(0);
    if (wanted > 0 && !co_await reach(service, wanted, request.wait)) {
        const std::string height = std::to_string(service.view()->tip.height);
        co_return problem_reply(request,
                                Refusal{"behind", "this node is at height " + height, "", ""});
    }
    call.view = service.view();
    std::string failure;
    try {
        co_return co_await run(*found.route, call);
    } catch (const std::exception& error) {
        failure = error.what();
    }
    log::error("API request failed",
               {{"request_id", request.request_id}, {"route", matched}, {"reason", failure}});
    co_return problem_reply(request, Refusal{"internal-error", "", "", ""});
}

}  // namespace consentree::node
