// A quorum that forked the ledger, as the user of the tool meets it.
#include "client/api.h"
#include "common/files.h"
#include "tests/unit/client/cli_run.h"
#include "tests/unit/client/fake_node.h"
#include "tests/unit/client/temporary_home.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;

TEST_CASE("fork: is exit code 7, with a file that convicts the signers offline") {
    const TemporaryHome home;
    FakeLedger ledger;
    FakeLedger other;
    ledger.grow(2);
    other.grow(1);
    other.grow(4);
    const FakeLedger* const sides[] = {&ledger, &other};
    std::atomic<bool> is_forked{false};
    const FakeNode node([&](const FakeRequest& request) {
        if (request.target == "/v1/status") {
            api::Status status;
            status.ready = true;
            return http_reply(200, api::format(status));
        }
        return is_forked ? other.answer(request) : ledger.answer(request);
    });
    const std::string trust = home.file("trust.policy");
    REQUIRE(replace_file(trust, sides[0]->trust_text()));
    const std::vector<std::string> status{"status", "--url", node.url(), "--trust", trust};
    const Ran before = run_cli(status);
    INFO(before.err);
    CHECK(before.code == 0);
    is_forked = true;
    const Ran after = run_cli(status);
    INFO(after.err);
    CHECK(after.code == 7);
    CHECK(after.err.find("the ledger has been forked") != std::string::npos);
    const std::size_t at = after.err.find("  Saved  ");
    REQUIRE(at != std::string::npos);
    const std::string path = after.err.substr(at + 9, after.err.find('\n', at) - at - 9);
    const Ran verified = run_cli({"verify", path, "--trust", trust});
    CHECK(verified.code == 0);
    CHECK(verified.out.find("Signed both (3, needed 3 for each)") != std::string::npos);
    CHECK(verified.out.find("consentree.example/test/bank-2") != std::string::npos);
    is_forked = false;
    CHECK(run_cli(status).code == 0);
}
