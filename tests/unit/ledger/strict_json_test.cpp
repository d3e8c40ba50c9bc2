#include "ledger/strict_json.h"

#include <catch2/catch.hpp>

namespace consentree::ledger {
namespace {

std::string fault_of(std::string_view text) {
    const auto json = Json::parse(text, {});
    if (json) return "accepted";
    return json.error().code + " at " + json.error().pointer;
}

}  // namespace

TEST_CASE("strict json: refuses what has two readings") {
    const char* const hostile[] = {
        "",
        " ",
        "{",
        "[",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "[1 2]",
        "1 1",
        "{} x",
        "tru",
        "nul",
        "NaN",
        "+1",
        "01",
        "-0",
        "-",
        "1.0",
        "1e3",
        "1E3",
        "0x10",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999",
        "\"",
        "\"\\\"",
        "\"\n\"",
        "\"\t\"",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\ud800x\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\x80\"",
        "\"\xc0\xaf\"",          // Over-long.
        "\"\xe0\x80\xaf\"",      // Over-long.
        "\"\xed\xa0\x80\"",      // A surrogate.
        "\"\xf4\x90\x80\x80\"",  // Beyond U+10FFFF.
        "\"\xf0\x9f\x98\"",      // Cut off.
        "\"\xff\"",
        "\xef\xbb\xbf{}",  // A byte order mark.
        "// comment\n{}",
        "{\"a\":1 /* */}",
    };
    for (const char* const text : hostile) {
        INFO(text);
        CHECK(fault_of(text).starts_with("malformed-json at "));
    }
}

TEST_CASE("strict json: keeps values exactly") {
    const std::string text =
        R"( {"a":[1,-9223372036854775808,9223372036854775807],"b":"x\u00e9\n\ud83d\ude00é",)"
        R"("c":{"d":null,"e":true,"f":false}} )";
    const auto json = Json::parse(text, {});
    REQUIRE(json.has_value());
    Json::Value member = json->root().first();
    CHECK(json->root().count() == 3);
    CHECK(member.name() == "a");
    CHECK(member.raw() == "[1,-9223372036854775808,9223372036854775807]");
    CHECK(member.first().integer() == 1);
    CHECK(member.first().next().integer() == INT64_MIN);
    CHECK(member.first().next().next().integer() == INT64_MAX);
    member = member.next();
    CHECK(member.string() == "xé\n😀é");
    member = member.next();
    CHECK(member.raw() == R"({"d":null,"e":true,"f":false})");
    CHECK(member.first().is(Json::Type::null));
    CHECK(member.first().next().boolean());
    CHECK_FALSE(member.first().next().next().boolean());
}

TEST_CASE("strict json: names the place of a fault") {
    CHECK(fault_of(R"({"a":[{},{"b/c":1.5}]})") == "malformed-json at /a/1/b~1c");
    CHECK(fault_of(R"({"a":{"x":1,"y":2,"x":3}})") == "malformed-json at /a/x");
    // One name in two spellings is one name.
    CHECK(fault_of(R"({"ab":1,"\u0061b":2})") == "malformed-json at /ab");
}

TEST_CASE("strict json: is bounded in depth, length and members") {
    std::string deep = "1";
    for (std::size_t k = 0; k < limits::event_depth; ++k) deep = "[" + deep + "]";
    CHECK(Json::parse(deep, {}).has_value());
    CHECK_FALSE(Json::parse("[" + deep + "]", {}).has_value());
    CHECK(fault_of(std::string(limits::event_bytes, '[')).starts_with("malformed-json"));
    CHECK(fault_of(std::string(limits::event_bytes + 1, ' ')) == "too-large at ");
    CHECK(Json::parse("1" + std::string(limits::event_bytes - 1, ' '), {}).has_value());
    std::string many = "{";
    for (int k = 0; k < 64; ++k) many += "\"m" + std::to_string(k) + "\":1,";
    CHECK(fault_of(many + "\"last\":1}") == "malformed-json at ");
    many.back() = '}';
    CHECK(Json::parse(many, {}).has_value());
}

TEST_CASE("object reader: reports missing, wrong, unknown and only the first fault") {
    const auto json = Json::parse(R"({"b":1,"a":"x","c":true})", {});
    REQUIRE(json.has_value());
    ObjectReader good(json->root(), "");
    CHECK(good.require("a", Json::Type::string)->string() == "x");
    CHECK(good.require("b", Json::Type::integer)->integer() == 1);
    CHECK_FALSE(good.find("none").has_value());
    CHECK(good.finish()->pointer == "/c");

    ObjectReader bad(json->root(), "/inner");
    CHECK_FALSE(bad.require("missing", Json::Type::string).has_value());
    CHECK_FALSE(bad.require("a", Json::Type::integer).has_value());
    CHECK(bad.finish()->pointer == "/inner/missing");

    ObjectReader not_an_object(json->root().first(), "/b");
    CHECK(not_an_object.finish()->pointer == "/b");
}

}  // namespace consentree::ledger
