// What a SigningKey holds. Internal to the client library.
#pragma once

#include "client/client.h"
#include "common/keys.h"

namespace consentree::client {

struct SigningKey::Impl {
    SecretKey key;
};

}  // namespace consentree::client
