#include "common/files.h"
#include "tests/unit/client/cli_run.h"
#include "tests/unit/client/temporary_home.h"
#include "tests/unit/ledger/receipt_fixture.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client::test;
namespace lt = consentree::ledger::test;
using Json = nlohmann::json;

namespace {

struct Files {
    TemporaryHome home;
    lt::Issued issued;
    std::string receipt = home.file("tx.receipt.json");
    std::string trust = home.file("trust.policy");

    Files() {
        const auto made = issued.receipt({0, 2}, issued.quorum_note());
        REQUIRE(replace_file(receipt, ledger::format_receipt(made) + "\n"));
        REQUIRE(replace_file(trust, ledger::format_policy(issued.genesis)));
    }
    Ran verify(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> line{"verify", receipt, "--trust", trust};
        line.insert(line.end(), more.begin(), more.end());
        return run_cli(line);
    }
};

}  // namespace

TEST_CASE("verify: says what is proven, as of when, by whom, and what was not checked") {
    const Files files;
    const Ran ran = files.verify();
    INFO(ran.err);
    CHECK(ran.code == 0);
    for (const char* part :
         {"✓ verified", "Proven", "As of        2026-11-", "Signed by (3, needed 3)",
          "consentree.example/test/bank-2", "Not checked", "verdict PERMIT"}) {
        INFO(part);
        CHECK(ran.out.find(part) != std::string::npos);
    }
    const Json json = Json::parse(files.verify({"-o", "json"}).out);
    CHECK(json["result"] == "verified");
    CHECK(json["events"].size() == 2);
    CHECK(json["events"][1]["position"] == 2);
    CHECK(json["signers"].size() == 3);
    CHECK_FALSE(json["not_checked"].empty());
}

TEST_CASE("verify: an altered receipt fails with exit code 7") {
    const Files files;
    auto altered = files.issued.receipt({0}, files.issued.quorum_note());
    altered.entries[0].entry.back() ^= 1;
    REQUIRE(replace_file(files.receipt, ledger::format_receipt(altered)));
    const Ran ran = files.verify();
    CHECK(ran.code == 7);
    CHECK(ran.err.find("verification FAILED") != std::string::npos);
    CHECK(ran.out.empty());
    const Ran json = files.verify({"-o", "json"});
    CHECK(json.code == 7);
    CHECK(Json::parse(json.out)["result"] == "failed");
}

TEST_CASE("verify: what cannot be decided is exit code 8, in a calm voice") {
    const Files files;
    auto genesis = lt::test_genesis();
    genesis.origin = "consentree.example/other";
    REQUIRE(replace_file(files.trust, ledger::format_policy(genesis)));
    const Ran other = files.verify();
    CHECK(other.code == 8);
    CHECK(other.err.find("FAILED") == std::string::npos);
    CHECK(files.verify({"-o", "json"}).code == 8);

    CHECK(run_cli({"verify", files.receipt}).code == 8);
    CHECK(run_cli({"verify", files.receipt, "--trust", files.home.file("absent")}).code == 8);
    REQUIRE(replace_file(files.trust, "quorum of nobody\n"));
    CHECK(files.verify().code == 8);

    const Files weak;
    const auto few = weak.issued.receipt(
        {0}, lt::test_note(weak.issued.genesis, weak.issued.checkpoint(), {{0, 1}, {1, 2}}));
    REQUIRE(replace_file(weak.receipt, ledger::format_receipt(few)));
    CHECK(weak.verify().code == 8);
}

TEST_CASE("verify: a file that is not there is exit code 5") {
    const Files files;
    CHECK(run_cli({"verify", files.home.file("absent"), "--trust", files.trust}).code == 5);
}
