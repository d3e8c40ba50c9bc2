#include "scheme_fixture.h"

namespace consentree::ledger::test {
namespace {

std::string document(const std::string& terms) {
    return R"({"schema":"consentree/vocabulary/1","id":"v","version":1,"title":"T","terms":[)" +
           terms + "]}";
}
Vocabulary parsed(const std::string& text) {
    return accepted(Vocabulary::parse(text));
}
// Code and pointer of a refusal.
std::string refusal_of(const std::string& text) {
    const auto vocabulary = Vocabulary::parse(text);
    return vocabulary ? "accepted" : vocabulary.error().code + " " + vocabulary.error().pointer;
}

// n0 under n1 under n2 ...
std::string chain(int length) {
    std::string terms;
    for (int k = 0; k < length; ++k) {
        terms += (k == 0 ? "" : ",") + std::string(R"({"code":"n)") + std::to_string(k) + '"';
        if (k + 1 < length) terms += R"(,"broader":["n)" + std::to_string(k + 1) + "\"]";
        terms += "}";
    }
    return document(terms);
}

}  // namespace

TEST_CASE("vocabulary: a term covers itself and what is narrower, at any distance") {
    const Vocabulary dpv = parsed(policy_text("dpv-purposes"));
    CHECK(dpv.covers("dpv|Marketing", "dpv|Marketing"));
    CHECK(dpv.covers("dpv|Marketing", "dpv|TargetedAdvertising"));
    CHECK(dpv.covers("dpv|Personalisation", "dpv|TargetedAdvertising"));  // By its other parent.
    CHECK_FALSE(dpv.covers("dpv|Advertising", "dpv|Marketing"));
    CHECK_FALSE(dpv.covers("dpv|Marketing", "dpv|CreditChecking"));
    CHECK_FALSE(dpv.covers("dpv|Marketing", "dpv|Unknown"));
    CHECK_FALSE(dpv.covers("unknown", "unknown"));
    CHECK(dpv.label("dpv|CreditChecking") == "Credit Checking");
    CHECK(dpv.size() == 95);

    const Vocabulary fhir = parsed(policy_text("fhir-purpose-of-use"));
    CHECK(fhir.covers("fhir-act-reason|TREAT", "fhir-act-reason|BTG"));
    CHECK(fhir.covers("fhir-act-reason|HRESCH", "fhir-act-reason|CLINTRCHPC"));
    CHECK_FALSE(fhir.covers("fhir-act-reason|TREAT", "fhir-act-reason|HRESCH"));

    const Vocabulary duo = parsed(policy_text("duo"));
    CHECK(duo.covers("duo|DUO:0000042", "duo|DUO:0000007"));
    CHECK_FALSE(duo.covers("duo|DUO:0000007", "duo|DUO:0000042"));
    CHECK_FALSE(duo.covers("duo|DUO:0000042", "duo|DUO:0000043"));
    CHECK(duo.covers("duo|DUO:0000004", "duo|DUO:0000043"));
}

TEST_CASE("vocabulary: terms may stand in any order, beyond 64 of them") {
    const Vocabulary eight = parsed(chain(8));
    CHECK(eight.covers("n7", "n0"));
    CHECK_FALSE(eight.covers("n0", "n7"));
    std::string terms = R"({"code":"top"})";
    for (int k = 0; k < 200; ++k) {
        terms += R"(,{"code":"t)" + std::to_string(k) + R"(","broader":[")" +
                 (k == 199 ? "top" : "t199") + "\"]}";
    }
    const Vocabulary wide = parsed(document(terms));
    CHECK(wide.covers("top", "t70"));
    CHECK(wide.covers("t199", "t130"));
    CHECK_FALSE(wide.covers("t130", "t70"));
}

TEST_CASE("vocabulary: what is refused, and where") {
    CHECK(refusal_of(document(R"({"code":"a"})")) == "accepted");
    CHECK(refusal_of(document("")) == "schema-violation /terms");
    CHECK(refusal_of(document(R"({"code":"a"},{"code":"a"})")) == "schema-violation /terms/1/code");
    CHECK(refusal_of(document(R"({"code":"a","broader":["b"]})")) ==
          "schema-violation /terms/0/broader/0");
    CHECK(refusal_of(document(R"({"code":"a","broader":["a"]})")) ==
          "schema-violation /terms/0/broader");
    CHECK(refusal_of(document(
              R"({"code":"x"},{"code":"a","broader":["b"]},{"code":"b","broader":["a"]})")) ==
          "schema-violation /terms/1/broader");
    CHECK(refusal_of(chain(9)) == "schema-violation /terms/0/broader");
    CHECK(refusal_of(document(R"({"code":"a","wider":[]})")) == "schema-violation /terms/0/wider");
    CHECK(refusal_of(document(R"({"code":"a b"})")) == "schema-violation /terms/0/code");
    CHECK(refusal_of(document(R"({"code":"a","code":"b"})")) == "malformed-json /terms/0/code");
    CHECK(refusal_of(document(R"({"code":"a","broader":[[[[[[]]]]]]})"))
              .starts_with("malformed-json"));
    CHECK(refusal_of(document(R"({"code":"a","label":")" + std::string(16'000, 'x') + "\"}")) ==
          "too-large ");
    std::string many = R"({"code":"c0"})";
    for (int k = 1; k < 513; ++k) many += R"(,{"code":"c)" + std::to_string(k) + "\"}";
    CHECK(refusal_of(document(many)) == "schema-violation /terms");
}

}  // namespace consentree::ledger::test
