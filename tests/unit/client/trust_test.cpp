#include "client/trust.h"

#include "common/files.h"
#include "tests/unit/client/temporary_home.h"
#include "tests/unit/ledger/receipt_fixture.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;
namespace lt = consentree::ledger::test;

TEST_CASE("trust: a trust file must name its network") {
    TemporaryHome home;
    const std::string path = home.file("trust.policy");
    std::string text = ledger::format_policy(lt::test_genesis());
    REQUIRE(replace_file(path, text));
    const auto trust = load_trust(path);
    REQUIRE(trust);
    CHECK(trust->network == lt::test_genesis().network);
    text.erase(text.find("# network"),
               text.find('\n', text.find("# network")) - text.find("# network"));
    REQUIRE(replace_file(path, text));
    CHECK(load_trust(path).error().code == "trust-file-unusable");
    CHECK(load_trust(home.file("absent")).error().kind == FailureKind::undecidable);
}
