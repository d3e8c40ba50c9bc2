#include "tests/unit/ledger/branch.h"
#include "verifier/report.h"
#include "verifier/text.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::verifier;
namespace lt = consentree::ledger::test;

namespace {

// The golden files: kind, text, trust file, what was proven.
struct Golden {
    std::string kind, text, trust;
    std::vector<std::string> proven;
};

std::vector<Golden> golden_files() {
    std::vector<Golden> files;
    for (const auto& [kind, name] : {std::pair{"receipt", "receipt"},
                                     {"evidence", "evidence-1"},
                                     {"evidence", "evidence-2"},
                                     {"fork", "fork-1"}}) {
        const lt::Json json = lt::read_json(std::string("tests/vectors/") + name + ".json");
        files.push_back({kind, json[kind], json["trust"], json["proven"]});
    }
    return files;
}

}  // namespace

TEST_CASE("verifier: knows every kind of file by itself") {
    for (const Golden& golden : golden_files()) {
        const Report report = verify_file(golden.text, golden.trust);
        INFO(golden.kind << " " << report.reason);
        CHECK(report.kind == golden.kind);
        REQUIRE(report.standing == Standing::verified);
        REQUIRE(report.proven.size() >= golden.proven.size());
        for (std::size_t i = 0; i < golden.proven.size(); ++i) {
            CHECK(report.proven[i] == golden.proven[i]);
        }
        CHECK_FALSE(report.not_checked.empty());
        CHECK_FALSE(report.origin.empty());
        const lt::Json json = lt::Json::parse(to_json(report));
        CHECK(json["result"] == "verified");
        CHECK(json["kind"] == golden.kind);
        CHECK(to_text(report, "a\x1b[31mfile").find('\x1b') == std::string::npos);
    }
    const lt::Branch log;
    const Report note = verify_file(log.note(12), ledger::format_policy(lt::test_genesis()));
    CHECK(note.kind == "checkpoint");
    CHECK(note.standing == Standing::verified);
    CHECK(note.tree_size == 12);
    CHECK(note.signers.size() == 3);
}

TEST_CASE("verifier: a file of evidence may be longer than any other") {
    const lt::Json golden = lt::read_json("tests/vectors/evidence-2.json");
    std::string text = golden["evidence"];
    text.insert(text.find('{') + 1, 9 * 1024 * 1024, ' ');
    const Report report = verify_file(text, std::string(golden["trust"]));
    CHECK(report.kind == "evidence");
    INFO(report.reason);
    CHECK(report.standing == Standing::verified);
}

TEST_CASE("verifier: undecidable is not failed, and neither is verified") {
    for (const Golden& golden : golden_files()) {
        const Report other =
            verify_file(golden.text, golden_files()[golden.kind == "evidence" ? 0 : 1].trust);
        CHECK(other.standing == Standing::undecidable);
        CHECK_FALSE(other.reason.empty());
        CHECK(complaint_of(other, "f").code == golden.kind + "-undecidable");
        CHECK(complaint_of(other, "f").what.find("FAILED") == std::string::npos);
        CHECK(verify_file(golden.text, "").standing == Standing::undecidable);
        CHECK(verify_file(golden.text, "quorum of nobody\n").standing == Standing::undecidable);
        const Report cut = verify_file(golden.text.substr(0, golden.text.size() / 2), golden.trust);
        CHECK(cut.standing == Standing::failed);
        CHECK(complaint_of(cut, "f").what.find("FAILED") != std::string::npos);
    }
}

TEST_CASE("verifier: what is no file of ours fails, in bounded time") {
    const std::string trust = golden_files()[0].trust;
    for (const std::string& text :
         {std::string(), std::string("\0\xff\xfe", 3), std::string("{"), std::string("[]"),
          std::string(1'000'000, '['), std::string(1'000'000, '{'),
          std::string(9'000'000, ' ') + "{", std::string("{\"fork\":") + std::string(500'000, '['),
          std::string("{\"question\":null,\"fork\":null}"), std::string(1'000'000, '\n')}) {
        const Report report = verify_file(text, trust);
        CHECK(report.standing == Standing::failed);
        CHECK_FALSE(report.reason.empty());
        CHECK(lt::Json::parse(to_json(report))["result"] == "failed");
    }
}

TEST_CASE("verifier: an event that no ledger takes cannot harm the reader") {
    Report report;
    report.standing = Standing::verified;
    for (const std::string& event :
         {std::string(60'000, '['), std::string("{\"a\":"), std::string()}) {
        report.events = {{}};
        report.events[0].json = event;
        CHECK(lt::Json::parse(to_json(report))["events"][0]["event"].is_null());
    }
}
