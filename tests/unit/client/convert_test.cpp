// Each conversion of the mapping language, with values at its bounds and values that no honest
// source writes.
#include "client/import/convert.h"
#include "apply_rules.h"

using namespace consentree;
using namespace consentree::client::test;
using nlohmann::json;

namespace {

const std::string refused = "refused: /s rule 0 (/v)";

struct Case {
    const char* value;
    json becomes;
};

void check(const json& rule, const std::vector<Case>& cases, const json& more = json::object()) {
    const json agreement = {
        {"import", {{"zone", "CET-1CEST,M3.5.0,M10.5.0/3"}, {"own_labels", true}}},
        {"parties", {{"Acme", "northbank"}, {"bad", 7}}}};
    for (const Case& one : cases) {
        INFO(rule.dump() << " " << one.value);
        CHECK(one_value(rule, one.value, agreement, more) == one.becomes);
    }
}

}  // namespace

TEST_CASE("convert: strings, texts and integers") {
    check({{"as", "string"}, {"max", 5}}, {{R"("abc")", "abc"},
                                           {R"("")", refused},
                                           {R"("abcdef")", refused},
                                           {"7", refused},
                                           {"true", refused},
                                           {R"(["a"])", refused},
                                           {R"({"a":1})", refused},
                                           {"null", "nothing"}});
    check({{"as", "text"}}, {{"7", "7"}, {"-2.50", "-2.50"}, {R"("x")", "x"}, {"[]", refused}});
    check({{"as", "int"}}, {{"0", 0},
                            {"-0", 0},
                            {"1000000000", 1'000'000'000},
                            {"1000000001", refused},
                            {"-1", refused},
                            {"1.0", refused},
                            {"1e2", refused},
                            {"12345678901234567890", refused},
                            {"99999999999999999999999", refused},
                            {R"("7")", refused}});
    check({{"as", "int"}, {"min", -5}, {"max", 5}},
          {{"-5", -5}, {"5", 5}, {"-6", refused}, {"6", refused}});
}

TEST_CASE("convert: booleans strictly, or as strings with a warning") {
    check(
        {{"as", "bool"}},
        {{"true", true}, {"false", false}, {R"("true")", refused}, {"1", refused}, {"0", refused}});
    check({{"as", "boolish"}}, {{"true", true},
                                {R"("false")", false},
                                {R"("True")", refused},
                                {R"("yes")", refused},
                                {"0", refused},
                                {"[true]", refused}});
    const json tables = {{"tables", {{"kind", {{"true", "periodic"}, {"false", "once"}}}}}};
    check({{"as", "boolish"}, {"table", "kind"}},
          {{R"("true")", "periodic"}, {"false", "once"}, {R"("x")", refused}}, tables);
    const json rules = {{{"to", "/v"}, {"from", "/s"}, {"as", "boolish"}}};
    CHECK(apply_rules_of(rules, R"({"s": "true"})").warnings.size() == 1);
    CHECK(apply_rules_of(rules, R"({"s": true})").warnings.empty());
}

TEST_CASE("convert: decimals are exact, or rounded with a warning") {
    check({{"as", "decimal"}}, {{"1.10", "1.1"},
                                {R"("1200.00")", "1200"},
                                {"-0.0", "0"},
                                {"1e2", "100"},
                                {"12345678901234567890123", "12345678901234567890123"},
                                {R"("1e400")", refused},
                                {R"("1,5")", refused},
                                {R"("")", refused},
                                {"true", refused},
                                {"[1]", refused}});
    check({{"as", "decimal"}, {"per", 36500}}, {{"3.65", "0.0001"}, {"5", refused}});
    check({{"as", "decimal"}, {"per", 365}, {"places", 4}}, {{R"("10")", "0.0274"}});
    const json rules = {
        {{"to", "/v"}, {"from", "/s"}, {"as", "decimal"}, {"per", 3}, {"places", 2}}};
    CHECK(apply_rules_of(rules, R"({"s": 1})").warnings ==
          std::vector<std::string>{"/s was rounded to 2 places"});
    CHECK(apply_rules_of(rules, R"({"s": 3})").warnings.empty());
}

TEST_CASE("convert: times and days, the zone only from the agreement") {
    const json time = {{"as", "time"},
                       {"styles", {"rfc3339", "epoch-s", "epoch-ms", "partial-date"}},
                       {"zone", "/import/zone"}};
    check(time, {{R"("2024-02-29T00:00:00Z")", "2024-02-29T00:00:00.000Z"},
                 {"1510592400", "2017-11-13T17:00:00.000Z"},
                 {"1510592400000", "2017-11-13T17:00:00.000Z"},
                 {R"("2015-11-18")", "2015-11-17T23:00:00.000Z"},
                 {R"("1510592400")", refused},
                 {"1510592400.5", refused},
                 {"-1", refused},
                 {"{}", refused},
                 {R"("tomorrow")", refused}});
    json end = time;
    end["as"] = "date_end_of_day";
    check(end, {{R"("2024-02-29T00:00:00Z")", "2024-02-29T00:00:00.000Z"},
                {R"("2017-08-06")", "2017-08-06T22:00:00.000Z"},
                {R"("1964")", "1964-12-31T23:00:00.000Z"},
                {R"("9999-12-31")", "9999-12-31T23:00:00.000Z"}});
    CHECK(one_value(end, R"("2017-08-06")") == "refused: /s agreement-lacks /import/zone");
    CHECK(one_value(end, R"("2017-08-06T00:00:00Z")") == "2017-08-06T00:00:00.000Z");
    const json odd = {{"import", {{"zone", "Europe/Berlin"}}}};
    CHECK(one_value(end, R"("2017-08-06")", odd) == refused);
    CHECK(one_value(end, R"("2017-08-06")", {{"import", {{"zone", 1}}}}) == refused);
}

TEST_CASE("convert: durations as a unit, or as the time when they end") {
    check({{"as", "duration"}}, {{R"("P6M")", {{"unit", "month"}, {"value", 6}}},
                                 {R"("P1M1D")", refused},
                                 {R"("P0.5Y")", refused},
                                 {"6", refused}});
    const auto end = [](const std::string& duration, const std::string& start) -> json {
        const json rules = {
            {{"to", "/from"}, {"from", "/f"}, {"as", "time"}, {"styles", {"rfc3339"}}},
            {{"to", "/until"}, {"from", "/d"}, {"as", "duration"}, {"after", "/from"}}};
        const Applied applied =
            apply_rules_of(rules, R"({"f": ")" + start + R"(", "d": ")" + duration + R"("})");
        return applied.refused.empty() ? applied.record["until"] : json(applied.refused.front());
    };
    CHECK(end("P1M", "2026-01-31T10:00:00Z") == "2026-02-28T10:00:00.000Z");
    CHECK(end("P1Y", "9999-06-01T00:00:00Z") == "/d rule 1 (/until)");
    CHECK(one_value({{"as", "duration"}, {"after", "/none"}}, R"("P1M")") == refused);
}

TEST_CASE("convert: parties, pseudonyms and hashes") {
    check({{"as", "party"}}, {{R"("Acme")", "northbank"},
                              {R"("bad")", "refused: /s party-known"},
                              {R"("Other")", "refused: /s party-known"},
                              {R"("urn:consentree:unilab")", "unilab"},
                              {R"("urn:consentree:")", "refused: /s party-known"},
                              {"7", refused}});
    const std::string label =
        client::mapping::pseudonym(Bytes(32, 0x5a), "sub:", "urn:consentree:acc:1");
    check({{"as", "pseudonym"}, {"kind", "sub:"}},
          {{R"("urn:consentree:sub:8f2c")", "sub:8f2c"},
           {R"("urn:consentree:acc:1")", label},  // Another kind's label is a text like any other.
           {R"("")", refused},
           {"12345", refused}});
    // Anybody can write the prefix: whose documents they are, the agreement says.
    CHECK(one_value({{"as", "party"}}, R"("urn:consentree:unilab")", json::object()) ==
          "refused: /s party-known");
    CHECK(one_value({{"as", "pseudonym"}, {"kind", "sub:"}}, R"("urn:consentree:sub:8f2c")",
                    json::object()) != "sub:8f2c");
    check({{"as", "sha256"}},
          {{R"("abc")", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
           {"1", refused}});
}

TEST_CASE("convert: codes through tables, whole, by prefix or by start") {
    const json tables = {
        {"tables",
         {{"t", {{"a", "x|a"}, {"dpv:", "dpv|"}, {"dpv:Sp", "special"}, {"n", nullptr}}},
          {"sys", {{"http://one", "one"}, {"urn:plain", ""}}}}}};
    check({{"as", "code"}, {"table", "t"}},
          {{R"("a")", "x|a"},
           {R"("n")", "nothing"},
           {R"("A")", "refused: /s table t"},
           {R"("dpv:x")", "refused: /s table t"},
           {"[]", refused}},
          tables);
    check({{"as", "code"}, {"table", "t"}, {"by", "prefix"}},
          {{R"("dpv:Marketing")", "dpv|Marketing"}, {R"("dpv:Space")", "specialace"}}, tables);
    check({{"as", "code"}, {"table", "t"}, {"by", "start"}},
          {{R"("dpv:Marketing")", "dpv|"}, {R"("x")", "refused: /s table t"}}, tables);
    check(
        {{"as", "concat"}, {"parts", {"/system", "/code"}}, {"table", {"sys", ""}}, {"join", "|"}},
        {{R"({"system": "http://one", "code": "A"})", "one|A"},
         {R"({"system": "urn:plain", "code": "A"})", "A"},
         {R"({"system": "http://two", "code": "A"})", "refused: /s/system table sys"},
         {R"({"system": "http://one"})", "refused: /s/code rule 0 (/v)"},
         {R"({"system": "http://one", "code": {}})", "refused: /s/code rule 0 (/v)"},
         {R"("text")", "refused: /s/system rule 0 (/v)"}},
        tables);
    check({{"as", "names"}, {"table", "t"}},
          {{R"({"a": 1, "n": []})", {"x|a"}},
           {"{}", json::array()},
           {R"({"b": 1})", "refused: /s/b table t"},
           {R"(["a"])", refused}},
          tables);
}
