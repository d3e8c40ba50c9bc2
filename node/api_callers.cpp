#include "node/api_callers.h"

#include "common/hash.h"

#include <sodium/utils.h>

namespace consentree::node {
namespace {

constexpr std::string_view scheme = "bearer ";

bool has_scheme(std::string_view text) {
    if (text.size() <= scheme.size()) return false;
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        const char c = text[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != scheme[i]) return false;
    }
    return true;
}

}  // namespace

CallerRole find_role(const std::vector<ApiCaller>& callers, std::string_view authorization) {
    CallerRole role = CallerRole::nobody;
    if (!has_scheme(authorization)) return role;
    const Hash token = sha256(as_bytes(authorization.substr(scheme.size())));
    for (const ApiCaller& caller : callers) {
        if (sodium_memcmp(caller.token.data(), token.data(), Hash::byte_count) == 0) {
            role = caller.role;
        }
    }
    return role;
}

}  // namespace consentree::node
