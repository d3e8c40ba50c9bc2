// Who may call the API: callers known by a bearer token each, of which the node keeps the hash
// only. Without any, whoever reaches the listener may call, and it must be loopback.
#pragma once

#include "common/bytes.h"

#include <string>
#include <vector>

namespace consentree::node {

// Each reaches what those before it reach.
enum class CallerRole {
    nobody,   // That the process lives.
    monitor,  // Health, metrics and status: nothing about consents or accesses.
    client,   // Everything.
};

struct ApiCaller {
    std::string name;
    CallerRole role = CallerRole::nobody;
    Hash token;  // SHA-256 of the token's text.
};

// Of whoever sent this Authorization header. Takes as long for any wrong token.
CallerRole find_role(const std::vector<ApiCaller>& callers, std::string_view authorization);

}  // namespace consentree::node
