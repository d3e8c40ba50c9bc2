// A compact JWS (RFC 7515) as the Account Aggregator scheme signs consents with it: RS256 over
// the received characters. Pure functions, any thread.
#pragma once

#include "client/import/refused.h"

#include <string>
#include <string_view>

namespace consentree::client::mapping {

struct Jws {
    std::string header;   // JSON text, as decoded.
    std::string payload;  // As decoded: base64url even where the header says "b64": false.
    bool verified = false;
};

// public_key_pem empty: the signature is not looked at, and verified stays false. A key that does
// not verify it is a refusal. The pointer of refusals is left empty.
boost::system::result<Jws, Refused> open_jws(std::string_view compact,
                                             std::string_view public_key_pem);

}  // namespace consentree::client::mapping
