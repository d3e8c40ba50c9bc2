#include "ledger/tlog_proof.h"

#include "log_fixture.h"

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

TlogProof sample() {
    TlogProof proof;
    proof.index = 73894;
    proof.path = {test_leaf(1), test_leaf(2)};
    proof.checkpoint = "origin\n109482\nroot\n\n\xe2\x80\x94 origin AAAAAAE=\n";
    return proof;
}

}  // namespace

TEST_CASE("tlog-proof: has the lines of the specification") {
    const TlogProof proof = sample();
    CHECK(format_tlog_proof(proof) ==
          "c2sp.org/tlog-proof@v1\nindex 73894\n" + to_base64(proof.path[0].view()) + "\n" +
              to_base64(proof.path[1].view()) + "\n\n" + proof.checkpoint);
}

TEST_CASE("tlog-proof: goes both ways, with extra data and without a path") {
    TlogProof proof = sample();
    CHECK(parse_tlog_proof(format_tlog_proof(proof)).value() == proof);
    proof.extra = Bytes{1, 2, 3};
    CHECK(parse_tlog_proof(format_tlog_proof(proof)).value() == proof);
    proof.extra = Bytes{};
    CHECK(parse_tlog_proof(format_tlog_proof(proof)).value() == proof);
    proof.path.clear();
    proof.index = 0;
    CHECK(parse_tlog_proof(format_tlog_proof(proof)).value() == proof);
}

TEST_CASE("tlog-proof: refuses what breaks the format") {
    const std::string first = "c2sp.org/tlog-proof@v1\n";
    const std::string hash = to_base64(test_leaf(1).view()) + "\n";
    REQUIRE(parse_tlog_proof(first + "index 1\n" + hash + "\nrest").has_value());
    for (const std::string& text : std::vector<std::string>{
             "", first, first + "index 1\n" + hash, first + "index 1\n" + hash + "\n",
             first + "index 01\n" + hash + "\nrest", first + "index\n" + hash + "\nrest",
             first + "index -1\n" + hash + "\nrest", first + hash + "\nrest",
             first + "index 1\nAAAA\n\nrest", first + "extra A\nindex 1\n" + hash + "\nrest",
             first + "index 1\nextra AAAA\n" + hash + "\nrest", "index 1\n" + hash + "\nrest"}) {
        INFO(text);
        CHECK(parse_tlog_proof(text).has_error());
    }
    CHECK(parse_tlog_proof("c2sp.org/tlog-proof@v2\nindex 1\n\nrest").error() ==
          make_error_code(Errc::unsupported));
    std::string long_path = first + "index 1\n";
    for (int i = 0; i < 65; ++i) long_path += hash;
    CHECK(parse_tlog_proof(long_path + "\nrest").error() == make_error_code(Errc::too_large));
}
