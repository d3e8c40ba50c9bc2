#include "client/import/source.h"

#include "common/limits.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client::mapping;

namespace {

Refused refusal_of(std::string_view text) {
    auto parsed = parse_source(text);
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error();
}

}  // namespace

TEST_CASE("import source: keeps numbers and members as they are written") {
    auto parsed = parse_source(R"({"b": [1, -2.50, true, null], "a": {"x/y": "z"}})");
    REQUIRE(parsed.has_value());
    REQUIRE(parsed->members.size() == 2);
    CHECK(parsed->members[0].name == "b");
    const SourceValue* list = parsed->find("b");
    CHECK(list->items[0].kind == SourceValue::Kind::integer);
    CHECK(list->items[1].kind == SourceValue::Kind::decimal);
    CHECK(list->items[1].text == "-2.50");
    CHECK(list->items[3].kind == SourceValue::Kind::null);
    CHECK(parsed->find("a")->find("x/y")->text == "z");
}

TEST_CASE("import source: refuses what is not strict JSON, with the place") {
    const Refused twice = refusal_of(R"({"Data": {"a": 1, "b": [{"a": 1, "a": 2}]}})");
    CHECK(twice.pointer == "/Data/b/0/a");
    CHECK(twice.rule == "json-duplicate-key");
    const Refused comma = refusal_of("{\"Data\": {\"a\": 1,\n}}");
    CHECK(comma.pointer == "/Data");
    CHECK(comma.rule == "json-syntax");
    CHECK(comma.detail.find("line 2") != std::string::npos);
    CHECK(refusal_of("{\"a\": 1} x").rule == "json-syntax");
    CHECK(refusal_of("{\"a\": /* no */ 1}").rule == "json-syntax");
    CHECK(refusal_of("{\"a\": \"\xff\"}").rule == "json-syntax");
    CHECK(refusal_of("\xEF\xBB\xBF{}").rule == "json-bom");
    CHECK(refusal_of("").rule == "json-syntax");
    CHECK(refusal_of(std::string(limits::source_bytes + 1, ' ')).rule == "json-size");
}

TEST_CASE("import source: refuses the first level beyond the depth limit") {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    CHECK(parse_source(nested(limits::source_depth)).has_value());
    CHECK(refusal_of(nested(limits::source_depth + 1)).rule == "json-depth");
    CHECK(refusal_of(std::string(500'000, '[')).rule == "json-depth");
}

TEST_CASE("import source: never quotes the document in a refusal") {
    const Refused refused = refusal_of(R"({"Customer": "Jane Secret" "x"})");
    CHECK(refused.detail.find("Secret") == std::string::npos);
}

TEST_CASE("import source: pointers escape and split as RFC 6901 says") {
    CHECK(child("/a", "x/y~z") == "/a/x~1y~0z");
    CHECK(pointer_tokens("/a/x~1y~0z/") == std::vector<std::string>{"a", "x/y~z", ""});
    CHECK(pointer_tokens("").empty());
}
