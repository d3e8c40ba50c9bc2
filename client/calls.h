// The HTTP API as calls: targets, waits, and problems turned into failures. Believes no answer
// beyond its syntax. Internal to the client library; safe to use from several threads.
#pragma once

#include "client/api.h"
#include "client/http.h"

#include <string>
#include <string_view>
#include <vector>

namespace consentree::client {

struct Answer;
struct Filter;

// An answer of 400 or more, or of an unexpected kind, as a failure.
Failure failure_of(const HttpResponse& response);
// The answer does not have the form that docs/api.md promises.
Failure invalid_answer(const HttpResponse& response, const std::string& what);
// JSON of bounded depth, believed no further.
Outcome<Answer> one_nodes_word(Outcome<HttpResponse> response);
// RFC 3986 percent-encoding of all but unreserved characters.
std::string percent_encode(std::string_view text);
std::string with_query(std::string target, const std::vector<Filter>& filters);

class NodeCalls {
public:
    using Clock = Http::Clock;

    NodeCalls(Http& http, std::chrono::milliseconds timeout) : http_(http), timeout_(timeout) {}

    Clock::time_point deadline() const { return Clock::now() + timeout_; }
    // 200 with JSON, or a failure.
    Outcome<HttpResponse> get(const std::string& target) const;
    Outcome<HttpResponse> get_text(const std::string& target) const;
    Outcome<HttpResponse> post(const std::string& target, const std::string& json) const;

    // Sends the canonical bytes until a node takes them (and, with decided, until the ledger has
    // decided), or the deadline. The answer is about tx_id: another one is refused.
    Outcome<api::TransactionAnswer> submit(const std::string& bytes,
                                           const std::string& tx_id,
                                           bool decided,
                                           Clock::time_point deadline) const;
    Outcome<api::TransactionAnswer> transaction(const std::string& tx_id,
                                                bool decided,
                                                Clock::time_point deadline) const;

private:
    Outcome<HttpResponse> send_once(const HttpRequest& request) const;
    Outcome<api::TransactionAnswer> answer_of(const HttpResponse& response,
                                              const std::string& tx_id) const;

    Http& http_;
    std::chrono::milliseconds timeout_;
};

}  // namespace consentree::client
