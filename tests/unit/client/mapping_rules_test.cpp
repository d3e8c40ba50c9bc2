// Which values a rule takes, and what the checks say about a document.
#include "apply_rules.h"
#include "client/import/checks.h"
#include "common/limits.h"

using namespace consentree;
using namespace consentree::client::test;
using nlohmann::json;

namespace {

using Texts = std::vector<std::string>;

json given(const json& rule, const std::string& source, const json& more = json::object()) {
    json one = rule;
    one["to"] = rule.value("to", "/v");
    const Applied applied = apply_rules_of(json::array({one}), source, json::object(), more);
    if (!applied.refused.empty()) return "refused: " + applied.refused.front();
    return applied.record.contains("v") ? applied.record["v"] : json("nothing");
}

// The pointer and id of the check's refusal, or "holds".
std::string verdict(json check, const std::string& source, const json& record = json::object()) {
    check.update({{"id", "c"}, {"because", "b"}, {"at", "/at"}});
    const json file = {{"mapping", "test"},
                       {"version", 1},
                       {"source", "test"},
                       {"target", "consentree/consent/1"},
                       {"forms", {{{"name", "any"}, {"detect", {{{"at", ""}, {"is", "object"}}}}}}},
                       {"checks", {check}}};
    std::vector<Refusal> faults;
    const auto mapping = client::mapping::read_mapping(file.dump(), faults);
    for (const Refusal& fault : faults) UNSCOPED_INFO(fault.pointer << ": " << fault.detail);
    REQUIRE(mapping.has_value());
    const auto document = client::mapping::parse_source(source);
    REQUIRE(document.has_value());
    client::mapping::Paths paths(*document, "", false);
    const auto refused = client::mapping::run_check(mapping->checks.front(), paths, record);
    return refused ? refused->pointer : "holds";
}

const char* const services = R"({"services": [
  {"purposes": [{"type": "EXPLICIT", "codes": ["a", "b"]}, {"type": "N/A", "codes": ["x"]}]},
  {"purposes": [{"type": "EXPLICIT", "codes": ["b", "c"]}]}]})";

}  // namespace

TEST_CASE("rules: of several paths the first that is there, or all") {
    const std::string source = R"({"a": null, "b": ["x"], "c": ["x", "y"]})";
    CHECK(given({{"from", {"/a", "/b/*", "/c/*"}}}, source) == json{"x"});
    CHECK(given({{"from", {"/b/*", "/c/*"}}, {"all", true}}, source) == json{"x", "x", "y"});
    CHECK(given({{"from", {"/b/*", "/c/*"}}, {"all", true}, {"distinct", true}}, source) ==
          json{"x", "y"});
    CHECK(given({{"from", "/c/*"}, {"first", true}}, source) == "x");
    CHECK(given({{"from", "/c/*"}, {"skip", {"x"}}}, source) == json{"y"});
    CHECK(given({{"from", "/c/*"}, {"as", "count"}}, source) == 2);
    CHECK(given({{"from", "/none/*"}, {"as", "count"}}, source) == 0);
    CHECK(given({{"from", "/none"}, {"absent", 7}}, source) == 7);
    CHECK(given({{"from", "/none"}, {"req", true}}, source) == "refused: /none rule 0 (/v)");
}

TEST_CASE("rules: where is about the same elements of every star") {
    const json where = {{"at", "/services/*/purposes/*/type"}, {"is", "EXPLICIT"}};
    CHECK(given({{"from", "/services/*/purposes/*/codes/*"}, {"where", where}}, services) ==
          json{"a", "b", "b", "c"});
    CHECK(given({{"from", "/services/*/purposes/*/codes/*"},
                 {"where", where},
                 {"distinct", true},
                 {"to", "/v/*/code"}},
                services) == json{{{"code", "a"}}, {{"code", "b"}}, {{"code", "c"}}});
    // A star behind what both paths begin with is another's.
    const char* const types =
        R"({"a": [{"t": ["x", "y"], "v": ["1", "2", "3"]}, {"t": ["y"], "v": ["4"]}]})";
    CHECK(given({{"from", "/a/*/v/*"}, {"where", {{"at", "/a/*/t/*"}, {"is", "x"}}}}, types) ==
          json{"1", "2", "3"});
    const json none = {{"at", "/services/*/purposes/*/type"}, {"is", "IMPLICIT"}};
    CHECK(given({{"from", "/services/*/purposes/*/codes/*"}, {"where", none}}, services) ==
          "nothing");
}

TEST_CASE("rules: an object's member stands for it, and a single value for a list of one") {
    const std::string source = R"({"a": ["x", {"@id": "y"}, {"other": 1}], "one": "z"})";
    CHECK(given({{"from", "/a/*"}, {"member", {"/id", "/@id"}}, {"distinct", true}}, source) ==
          json{"x", "y"});
    CHECK(given({{"from", "/one/*"}}, source) == "nothing");
    CHECK(given({{"from", "/one/*"}}, source, {{"single_is_list", true}}) == json{"z"});
}

TEST_CASE("rules: conditions are about equality and about being there") {
    const std::string source = R"({"k": "a", "n": null, "list": [1, 2]})";
    const auto when = [&](const json& condition) {
        return given({{"const", "yes"}, {"when", condition}}, source) == "yes";
    };
    CHECK(when({{"at", "/k"}, {"is", "a"}}));
    CHECK(when({{"at", "/k"}, {"is", {"b", "a"}}}));
    CHECK_FALSE(when({{"at", "/k"}, {"is", "b"}}));
    CHECK_FALSE(when({{"at", "/none"}, {"is", "a"}}));
    CHECK(when({{"at", "/list/*"}, {"is", "2"}}));
    CHECK(when({{"at", "/n"}, {"present", false}}));
    CHECK(when({{"at", "/list"}, {"present", true}}));
    CHECK_FALSE(when({{{"at", "/k"}, {"is", "a"}}, {{"at", "/n"}, {"present", true}}}));
}

TEST_CASE("rules: elements of a list keep their places, holes are refused") {
    const json rules = {{{"to", "/f/*/t"}, {"from", "/x/*/t"}},
                        {{"to", "/f/*/v"}, {"from", "/x/*/v"}}};
    CHECK(apply_rules_of(rules, R"({"x": [{"t": "a", "v": "1"}, {"t": "b", "v": "2"}]})")
              .record["f"] == json{{{"t", "a"}, {"v", "1"}}, {{"t", "b"}, {"v", "2"}}});
    CHECK_FALSE(apply_rules_of(rules, R"({"x": [{"v": "1"}, {"t": "b"}]})").refused.empty());
}

TEST_CASE("rules: what no rule looked at is unknown; more values than the bound are noticed") {
    const json rules = {{{"to", "/v"}, {"from", "/a"}}};
    CHECK(apply_rules_of(rules, R"({"a": "x", "b": {"c": [1, {"d": null}]}, "e": []})").unknown ==
          Texts{"/b/c/0", "/b/c/1/d"});
    std::string many = "[0";
    for (std::size_t i = 0; i < limits::mapping_values; ++i) many += ",0";
    const auto document = client::mapping::parse_source("{\"a\": " + many + "]}");
    REQUIRE(document.has_value());
    client::mapping::Paths paths(*document, "", false);
    CHECK(paths.find("/a/*").size() == limits::mapping_values);
    CHECK(paths.overflow() == "/a");
}

TEST_CASE("checks: about values of the source") {
    CHECK(verdict({{"int", "/a"}, {"min", 1}, {"max", 3}}, R"({"a": 3})") == "holds");
    CHECK(verdict({{"int", "/a"}, {"min", 1}, {"max", 3}}, R"({"a": 4})") == "/a");
    CHECK(verdict({{"int", "/a"}}, R"({"a": 1.5})") == "/a");
    CHECK(verdict({{"int", "/a"}}, "{}") == "holds");
    CHECK(verdict({{"decimal", "/a/*"}}, R"({"a": [1.5, "2", "x"]})") == "/a/2");
    CHECK(verdict({{"decimal", "/a"}}, R"({"a": -1})") == "/a");
    CHECK(verdict({{"url", "/a"}}, R"({"a": "https://a.example/x"})") == "holds");
    CHECK(verdict({{"url", "/a"}}, R"({"a": "ftp://a.example"})") == "/a");
    CHECK(verdict({{"only", "/a/*"}, {"is", {"x", "y"}}}, R"({"a": ["x", "z"]})") == "/a/1");
    CHECK(verdict({{"some", "/a/*"}, {"is", {"x", "y"}}}, R"({"a": ["z", "y"]})") == "holds");
    CHECK(verdict({{"some", "/a/*"}, {"is", {"x", "y"}}}, R"({"a": ["z"]})") == "/at");
    CHECK(verdict({{"exists", "/a"}}, R"({"a": null})") == "/at");
    CHECK(verdict({{"absent", "/a"}}, R"({"a": {}})") == "/at");
    CHECK(verdict({{"count", "/a/*"}, {"min", 1}, {"max", 1}}, R"({"a": [1]})") == "holds");
    CHECK(verdict({{"count", "/a/*"}, {"max", 1}}, R"({"a": [1, 2]})") == "/at");
    CHECK(verdict({{"distinct", "/a/*"}}, R"({"a": ["x", "y", "x"]})") == "/a/2");
    CHECK(verdict({{"same", {"/a/*", "/b/*"}}}, R"({"a": ["x", "y"], "b": ["y", "x"]})") ==
          "holds");
    CHECK(verdict({{"same", {"/a/*", "/b/*"}}}, R"({"a": ["x", "y"], "b": ["y"]})") == "/at");
    CHECK(verdict({{"same", {"/a/*", "/b/*"}}}, R"({"a": ["x"]})") == "holds");
}

TEST_CASE("checks: about the record, and only where they apply") {
    const json record = {{"from", "2026-01-01T00:00:00.000Z"},
                         {"until", "2026-01-01T00:00:00.000Z"},
                         {"none", nullptr}};
    CHECK(verdict({{"lt", {"/from", "/until"}}}, "{}", record) == "/at");
    CHECK(verdict({{"le", {"/from", "/until"}}}, "{}", record) == "holds");
    CHECK(verdict({{"lt", {"/from", "/none"}}}, "{}", record) == "holds");
    CHECK(verdict({{"given", "/none"}}, "{}", record) == "/at");
    CHECK(verdict({{"given", "/from"}}, "{}", record) == "holds");
    CHECK(verdict({{"given", "/x"}, {"when", {{"at", "/k"}, {"is", "a"}}}}, R"({"k": "b"})") ==
          "holds");
}
