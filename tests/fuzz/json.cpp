#include "ledger/strict_json.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {
namespace {

using ledger::Json;

// Visits every value: what was parsed must be whole, and lie within the text.
void visit(Json::Value value, std::string_view text) {
    const std::string_view raw = value.raw();
    CT_ASSERT(raw.data() >= text.data() && raw.data() + raw.size() <= text.data() + text.size());
    if (!value.is(Json::Type::array) && !value.is(Json::Type::object)) return;
    if (value.count() == 0) return;
    Json::Value part = value.first();
    for (std::uint32_t i = 0; i < value.count(); ++i) {
        visit(part, raw);
        if (i + 1 < value.count()) part = part.next();
    }
}

}  // namespace

void fuzz(BytesView input) {
    const auto json = Json::parse(as_text(input), {});
    if (!json) {
        CT_ASSERT(json.error().code == "malformed-json" || json.error().code == "too-large");
        return;
    }
    visit(json->root(), as_text(input));
    // The raw text of the root is the same document again.
    CT_ASSERT(Json::parse(json->root().raw(), {}).has_value());
}

}  // namespace consentree
