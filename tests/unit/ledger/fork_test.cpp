#include "ledger/fork.h"

#include "branch.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

const Hash network = test_genesis().network;
const Policy policy = parse_policy(format_policy(test_genesis())).value();

// The other side signed by 1, 2 and 3: 1 and 2 have signed both.
const Branch::Signers others = {{1, 5}, {2, 6}, {3, 7}};

Fork same_size() {
    return {network, Branch().note(12), Branch::forked_at(5).note(12, others), {}};
}
Fork two_sizes() {
    const Branch other = Branch::forked_at(5);
    return {network, Branch().note(7), other.note(12, others), other.proof(7, 12)};
}

}  // namespace

TEST_CASE("fork: two roots of one size convict those who signed both, and nobody else") {
    for (const Fork& fork : {same_size(), two_sizes()}) {
        const ForkReport report = verify_fork(format_fork(fork), policy);
        INFO(report.reason.detail);
        REQUIRE(report.verdict == ProofVerdict::verified);
        CHECK(report.signed_both == std::vector<std::string>{"consentree.example/test/bank-1",
                                                             "consentree.example/test/bank-2"});
        CHECK(report.larger.tree_size == 12);
        CHECK(report.proven.size() == 2);
        CHECK(report.proven[1].find("bank-1, consentree.example/test/bank-2") != std::string::npos);
        CHECK(parse_fork(format_fork(fork)).value() == fork);
    }
}

TEST_CASE("fork: what agrees is no fork, whatever proof is beside it") {
    const Branch log;
    for (const Fork& fork : {Fork{network, log.note(7), log.note(12), log.proof(7, 12)},
                             Fork{network, log.note(12), log.note(12, others), {}},
                             // Forked at 9 only: the first 7 are the same.
                             Fork{network, log.note(7), Branch::forked_at(9).note(12),
                                  Branch::forked_at(9).proof(7, 12)}}) {
        CHECK(verify_fork(fork, policy).verdict == ProofVerdict::failed);
        CHECK(verify_fork(fork, policy).reason.code == "no-fork");
    }
}

TEST_CASE("fork: a made-up proof accuses nobody") {
    Fork fork = two_sizes();
    fork.larger = Branch().note(12, others);  // The honest log, with the other one's proof.
    CHECK(verify_fork(fork, policy).verdict == ProofVerdict::failed);
    CHECK(verify_fork(fork, policy).reason.code == "proof-failed");
    fork.proof.clear();
    CHECK(verify_fork(fork, policy).verdict == ProofVerdict::undecidable);
    fork = two_sizes();
    std::swap(fork.smaller, fork.larger);
    CHECK(verify_fork(fork, policy).verdict == ProofVerdict::failed);
    fork = same_size();
    fork.proof = {test_leaf(1)};
    CHECK(verify_fork(fork, policy).verdict == ProofVerdict::failed);
}

TEST_CASE("fork: a size that is a power of two needs the same size on the other side") {
    const Branch other = Branch::forked_at(5);
    const Fork fork{network, Branch().note(8), other.note(12), other.proof(8, 12)};
    CHECK(verify_fork(fork, policy).verdict == ProofVerdict::failed);
    CHECK(verify_fork(Fork{network, Branch().note(8), other.note(8), {}}, policy).verdict ==
          ProofVerdict::verified);
}

TEST_CASE("fork: whom the trust file does not know, it does not convict") {
    Fork fork = same_size();
    fork.network.bytes[0] ^= 1;
    CHECK(verify_fork(fork, policy).reason.code == "other-network");
    CHECK(verify_fork(fork, policy).verdict == ProofVerdict::undecidable);
    fork = same_size();
    fork.larger = Branch::forked_at(5).note(12, {{1, 5}, {2, 6}});
    CHECK(verify_fork(fork, policy).verdict == ProofVerdict::undecidable);
    fork.larger = Branch::forked_at(5).note(12, {{1, 5}, {2, 6}, {2, 7}});
    CHECK(verify_fork(fork, policy).verdict == ProofVerdict::undecidable);
    std::string newer = format_fork(same_size());
    newer.replace(newer.find("\"version\":1"), 11, "\"version\":2");
    CHECK(verify_fork(newer, policy).verdict == ProofVerdict::undecidable);
}

TEST_CASE("fork: no byte of the evidence may change (golden)") {
    const Fork fork = two_sizes();
    const std::string text = format_fork(fork);
    check_golden("fork-1.json", {{"trust", format_policy(test_genesis())},
                                 {"fork", text},
                                 {"proven", verify_fork(fork, policy).proven}});
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ (at % 2 == 0 ? 1 : 0x20));
        INFO("byte " << at);
        CHECK(verify_fork(changed, policy).verdict != ProofVerdict::verified);
    }
    for (std::size_t size = 0; size < text.size(); size += 5) {
        CHECK(verify_fork(text.substr(0, size), policy).verdict == ProofVerdict::failed);
    }
}
