// SHA-256 (FIPS 180-4) through OpenSSL with a pre-fetched digest, so that SHA-NI is used.
#pragma once

#include "common/bytes.h"

#include <initializer_list>

namespace consentree {

Hash sha256(BytesView message);
// Over the concatenation of the parts.
Hash sha256(std::initializer_list<BytesView> parts);

}  // namespace consentree
