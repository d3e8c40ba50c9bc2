#include "common/keys.h"
#include "common/time.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    const std::string_view text = as_text(input);
    if (const auto bytes = from_hex(text)) CT_ASSERT(to_hex(*bytes) == text);
    if (const auto bytes = from_base64(text)) CT_ASSERT(to_base64(*bytes) == text);
    if (const auto time = parse_time(text)) CT_ASSERT(format_time(*time) == text);
    (void)SecretKey::from_pem(text);
}

}  // namespace consentree
