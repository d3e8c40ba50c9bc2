// Mapping files, and documents on their way through every conversion. The first byte says which.
#include "client/import/mapping.h"
#include "client/import/decimal.h"
#include "client/import/standardise.h"
#include "client/import/times.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

namespace {

using namespace client::mapping;

// One rule for each conversion, over a document's first members.
constexpr std::string_view every_conversion = R"({
  "mapping": "fuzz", "version": 1, "source": "fuzz", "target": "consentree/access/1",
  "single_is_list": true,
  "forms": [
    {"name": "signed", "detect": [{"at": "/jws", "is": "string"}], "jws": "/jws",
     "base": "/jws/payload", "steps": ["request"]},
    {"name": "plain", "detect": [{"at": "", "is": "object"}], "steps": ["request", "delivery"]}],
  "rules": [
    {"to": "/common/string", "from": "@/a", "as": "string"},
    {"to": "/common/text", "from": ["@/a", "@/b"], "as": "text"},
    {"to": "/common/codes", "from": "@/b/*", "as": "code", "table": "t", "by": "prefix",
     "distinct": true},
    {"to": "/common/list/*/x", "from": ["@/b/*", "@/c/*/d/*"], "all": true, "skip": ["n"],
     "member": ["/x", "/y/z"], "where": {"at": "@/c/*/k", "is": "v"}},
    {"to": "/common/bool", "from": "@/a", "as": "boolish"},
    {"to": "/common/int", "from": "@/a", "as": "int", "min": -5},
    {"to": "/common/decimal", "from": "@/a", "as": "decimal", "times": 7, "per": 365,
     "places": 9},
    {"to": "/common/from", "from": "@/a", "as": "time", "zone": "/zone",
     "styles": ["rfc3339", "basic-offset", "epoch-s", "epoch-ms", "partial-date", "local"]},
    {"to": "/common/until", "from": "@/b", "as": "date_end_of_day", "styles": ["date"],
     "zone": "/zone"},
    {"to": "/common/lasts", "from": "@/b", "as": "duration", "after": "/common/from"},
    {"to": "/common/life", "from": "@/a", "as": "duration"},
    {"to": "/common/party", "from": "@/a", "as": "party"},
    {"to": "/common/subject", "from": "@/a", "as": "pseudonym", "kind": "sub:"},
    {"to": "/common/hash", "from": "@/a", "as": "sha256"},
    {"to": "/common/joined", "from": "@/c/*", "as": "concat", "parts": ["/k", "/d"],
     "table": ["t", ""], "join": "|", "first": true},
    {"to": "/common/names", "from": "@/c", "as": "names", "table": "t"},
    {"to": "/common/count", "from": "@/c/*/d/*", "as": "count"},
    {"to": "/common/cross", "cross": ["@/b/*", "@/c/*/k"], "table": ["t", "t"], "join": "."}],
  "checks": [
    {"id": "1", "because": "b", "at": "", "lt": ["/common/from", "/common/until"]},
    {"id": "2", "because": "b", "at": "", "same": ["@/b/*", "@/c/*/d/*"], "effect": "review"},
    {"id": "3", "because": "b", "at": "", "distinct": "@/b/*"},
    {"id": "4", "because": "b", "at": "", "decimal": "@/a"},
    {"id": "5", "because": "b", "at": "", "some": "@/b/*", "is": "v",
     "when": {"at": "@/k", "present": true}}],
  "ignore": ["@/k"],
  "tables": {"t": {"": "", "v": "code", "n": null}}
})";

void fuzz_document(std::string_view text) {
    static const auto mapping = parse_mapping(every_conversion);
    CT_ASSERT(mapping.has_value());
    static const auto agreement = nlohmann::json::parse(
        R"({"zone": "CET-1CEST,M3.5.0,M10.5.0/3", "parties": {"v": "northbank"}})");
    static const Bytes key(32, 0x5a);
    const Inputs inputs{text, *mapping, agreement, key, {}, false};
    const auto outcome = standardise(inputs);
    CT_ASSERT(outcome.value.has_value() == outcome.refused.empty());
    const auto again = standardise(inputs);
    CT_ASSERT(again.refused == outcome.refused);
    if (outcome.value) CT_ASSERT(again.value->record == outcome.value->record);
}

void fuzz_values(std::string_view text) {
    if (const auto value = parse_decimal_number(text)) {
        const std::string spelled = format_decimal(*value);
        CT_ASSERT(parse_decimal_number(spelled) == value);
        const auto there = scale_decimal(*value, 36'500, 1, std::nullopt);
        if (there) {
            const auto back = scale_decimal(there->value, 1, 36'500, std::nullopt);
            CT_ASSERT(back && back->value == *value);
        }
    }
    const std::size_t cut = std::min(text.find('\n'), text.size());
    const auto zone = parse_zone(text.substr(0, cut));
    const std::string_view rest = text.substr(std::min(cut + 1, text.size()));
    for (const auto style : {TimeStyle::rfc3339, TimeStyle::basic_offset, TimeStyle::date,
                             TimeStyle::partial_date, TimeStyle::local}) {
        const auto start = read_time(style, rest, false, zone ? &*zone : nullptr, Edge::start);
        const auto end = read_time(style, rest, false, zone ? &*zone : nullptr, Edge::end);
        if (start && end) CT_ASSERT(*start <= *end);
    }
    if (const auto duration = parse_duration(rest)) {
        const auto end = add(0, *duration);
        if (end) CT_ASSERT(*end >= 0);
        (void)in_one_unit(*duration);
    }
}

}  // namespace

void fuzz(BytesView input) {
    if (input.empty()) return;
    const std::string_view text = as_text(input.subspan(1));
    switch (input.front()) {
        case 'd': return fuzz_document(text);
        case 'v': return fuzz_values(text);
        default: break;
    }
    std::vector<Refusal> faults;
    const auto mapping = read_mapping(as_text(input), faults);
    CT_ASSERT(mapping.has_value() == faults.empty());
}

}  // namespace consentree
