#include "client/import/mapping.h"

#include "client/import/source.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    const auto mapping = client::mapping::parse_mapping(as_text(input));
    if (!mapping) CT_ASSERT(!mapping.error().detail.empty());
    (void)client::mapping::parse_source(as_text(input));
}

}  // namespace consentree
