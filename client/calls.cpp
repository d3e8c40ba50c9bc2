#include "client/calls.h"

#include "client/client.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <thread>

namespace consentree::client {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds plain_attempt{10'000};
constexpr milliseconds wait_margin{5'000};  // For the answer itself, after the wait.

FailureKind kind_of(unsigned status, const std::string& name) {
    for (const char* conflict : {"consent-exists", "version-conflict", "ambiguous-consent",
                                 "agreement-mismatch", "scope-changed"}) {
        if (name == conflict) return FailureKind::conflict;
    }
    for (const char* unknown : {"consent-unknown", "agreement-unknown", "target-unknown"}) {
        if (name == unknown) return FailureKind::not_found;
    }
    if (status == 401 || status == 403 || status == 409) return FailureKind::not_allowed;
    if (status == 404) return FailureKind::not_found;
    if (status == 400) return FailureKind::usage;
    if (status == 408 || status == 429 || status == 503) return FailureKind::unreachable;
    return FailureKind::failed;
}

Failure still_undecided(const std::string& tx_id) {
    Failure failure;
    failure.kind = FailureKind::unreachable;
    failure.code = "timed-out";
    failure.what = "transaction " + tx_id + " is not decided yet";
    failure.why = "the time for this call is over";
    failure.hint = "Nothing is lost, and submitting it again is safe: consentree tx wait " + tx_id;
    return failure;
}

// Whole seconds that a node may be asked to wait.
std::size_t wait_seconds(NodeCalls::Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<seconds>(deadline - NodeCalls::Clock::now());
    return std::clamp<std::size_t>(static_cast<std::size_t>(std::max<long>(left.count(), 1)), 1,
                                   api::wait_seconds_max);
}

milliseconds attempt_for(bool waits, std::size_t wait) {
    return waits ? milliseconds(wait * 1000) + wait_margin : plain_attempt;
}

void pause(milliseconds time, NodeCalls::Clock::time_point deadline) {
    std::this_thread::sleep_until(std::min(NodeCalls::Clock::now() + time, deadline));
}

}  // namespace

Failure failure_of(const HttpResponse& response) {
    Failure failure;
    const auto problem = api::parse_problem(response.body);
    if (!problem || response.status < 400) {
        failure.code = "node-answer-invalid";
        failure.what = response.url + " answered with status " + std::to_string(response.status) +
                       " and no explanation";
        failure.hint = "Is this the address of a node's API?";
        return failure;
    }
    failure.kind = kind_of(response.status, problem->name());
    failure.code = problem->name();
    failure.what = problem->title;
    failure.why = problem->detail;
    failure.hint = problem->hint;
    if (!problem->errors.empty()) failure.pointer = problem->errors.front().pointer;
    return failure;
}

Failure invalid_answer(const HttpResponse& response, const std::string& what) {
    Failure failure;
    failure.code = "node-answer-invalid";
    failure.what = "the answer of " + response.url + " is not usable";
    failure.why = what;
    failure.hint = "Ask another node; this one is of another version, broken or lying.";
    return failure;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            encoded += c;
        } else {
            encoded += '%';
            encoded += digits[byte >> 4];
            encoded += digits[byte & 15];
        }
    }
    return encoded;
}

std::string with_query(std::string target, const std::vector<Filter>& filters) {
    char separator = '?';
    for (const Filter& filter : filters) {
        if (filter.value.empty()) continue;
        target += separator + percent_encode(filter.name) + "=" + percent_encode(filter.value);
        separator = '&';
    }
    return target;
}

namespace {

// A depth bomb is refused before anything is built from it.
constexpr int answer_depth = 32;

bool is_shallow_json(const std::string& text) {
    bool deep = false;
    const auto json = nlohmann::json::parse(
        text,
        [&deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
            deep = deep || depth > answer_depth;
            return !deep;
        },
        false);
    return !deep && !json.is_discarded();
}

std::uint64_t as_of(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return 0;
    for (const char* member : {"as_of_height", "height"}) {
        const auto it = json.find(member);
        if (it != json.end() && it->is_number_unsigned()) return it->get<std::uint64_t>();
    }
    return 0;
}

}  // namespace

Outcome<Answer> one_nodes_word(Outcome<HttpResponse> response) {
    if (!response) return response.error();
    if (!is_shallow_json(response->body)) return invalid_answer(*response, "it is not JSON");
    Answer answer;
    answer.as_of_height = as_of(response->body);
    answer.json = std::move(response->body);
    return answer;
}

Outcome<HttpResponse> NodeCalls::send_once(const HttpRequest& request) const {
    auto response = http_.send(request, plain_attempt, deadline());
    if (!response) return response.error();
    if (response->status != 200) return failure_of(*response);
    return response;
}

Outcome<HttpResponse> NodeCalls::get(const std::string& target) const {
    return send_once({.target = target});
}

Outcome<HttpResponse> NodeCalls::get_text(const std::string& target) const {
    return send_once({.target = target, .accept = "text/plain"});
}

Outcome<HttpResponse> NodeCalls::post(const std::string& target, const std::string& json) const {
    return send_once({.method = "POST",
                      .target = target,
                      .body = json,
                      .content_type = std::string(api::json_type)});
}

Outcome<api::TransactionAnswer> NodeCalls::answer_of(const HttpResponse& response,
                                                     const std::string& tx_id) const {
    if (response.status < 200 || response.status > 299) return failure_of(response);
    auto answer = api::parse_transaction_answer(response.body);
    if (!answer) return invalid_answer(response, "it is not a transaction's state");
    if (answer->tx_id != tx_id) {
        return invalid_answer(response, "it speaks of transaction " + answer->tx_id.substr(0, 64) +
                                            ", not of " + tx_id);
    }
    return *answer;
}

Outcome<api::TransactionAnswer> NodeCalls::submit(const std::string& bytes,
                                                  const std::string& tx_id,
                                                  bool decided,
                                                  Clock::time_point deadline) const {
    bool taken = false;
    std::optional<Failure> refused;  // The newest "not now".
    for (;;) {
        const std::size_t wait = wait_seconds(deadline);
        HttpRequest request{.method = "POST",
                            .target = "/v1/transactions",
                            .body = bytes,
                            .content_type = std::string(api::transaction_type)};
        if (decided) request.prefer = "wait=" + std::to_string(wait);
        auto response = http_.send(request, attempt_for(decided, wait), deadline);
        if (!response) {
            // A node has it: it may come back, and another may know it.
            if (!taken && !refused) return response.error();
        } else if (response->status == 429 || response->status == 503) {
            refused = failure_of(*response);
        } else {
            auto answer = answer_of(*response, tx_id);
            if (!answer || !decided || answer->status != api::TxState::pending) return answer;
            taken = true;
        }
        if (Clock::now() >= deadline) return taken ? still_undecided(tx_id) : *refused;
        pause(milliseconds(100), deadline);
    }
}

Outcome<api::TransactionAnswer> NodeCalls::transaction(const std::string& tx_id,
                                                       bool decided,
                                                       Clock::time_point deadline) const {
    for (;;) {
        const std::size_t wait = wait_seconds(deadline);
        // Whoever was not too busy has taken it.
        HttpRequest request{.target = "/v1/transactions/" + tx_id, .asks_all = true};
        if (decided) request.prefer = "wait=" + std::to_string(wait);
        auto response = http_.send(request, attempt_for(decided, wait), deadline);
        if (!response) return response.error();
        auto answer = answer_of(*response, tx_id);
        if (!answer || !decided || answer->status != api::TxState::pending) return answer;
        if (Clock::now() >= deadline) return still_undecided(tx_id);
        pause(milliseconds(100), deadline);
    }
}

}  // namespace consentree::client
