// The C functions, from the shared library.
#include "tests/unit/ledger/branch.h"

#include <consentree_verify.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>

using namespace consentree;
namespace lt = consentree::ledger::test;

namespace {

using Report = std::unique_ptr<consentree_report, decltype(&consentree_report_free)>;

Report check(const std::string& file, const std::string& trust) {
    return {consentree_verify(file.data(), file.size(), trust.data(), trust.size()),
            &consentree_report_free};
}

}  // namespace

TEST_CASE("c api: says the same as the library") {
    const lt::Issued issued;
    const std::string file = format_receipt(issued.receipt({0, 2}, issued.quorum_note()));
    const std::string trust = ledger::format_policy(issued.genesis);
    const Report report = check(file, trust);
    REQUIRE(report);
    CHECK(consentree_report_standing(report.get()) == CONSENTREE_VERIFIED);
    CHECK(consentree_report_kind(report.get()) == std::string("receipt"));
    CHECK(consentree_report_reason(report.get()) == std::string());
    CHECK(std::string(consentree_report_text(report.get())).find("Signed by (3, needed 3)") !=
          std::string::npos);
    const lt::Json json = lt::Json::parse(consentree_report_json(report.get()));
    CHECK(json["events"].size() == 2);

    std::string altered = file;
    altered[altered.find("\"entry\":\"") + 40] ^= 1;
    const Report failed = check(altered, trust);
    CHECK(consentree_report_standing(failed.get()) == CONSENTREE_FAILED);
    CHECK(consentree_report_reason(failed.get()) != std::string());
    CHECK(consentree_report_standing(check(file, "").get()) == CONSENTREE_UNDECIDABLE);
}

TEST_CASE("c api: null pointers and empty texts are answered") {
    const Report nothing(consentree_verify(nullptr, 12, nullptr, 12), &consentree_report_free);
    REQUIRE(nothing);
    CHECK(consentree_report_standing(nothing.get()) == CONSENTREE_UNDECIDABLE);
    CHECK(consentree_report_standing(nullptr) == CONSENTREE_UNDECIDABLE);
    CHECK(consentree_report_json(nullptr) == std::string());
    CHECK(consentree_report_text(nullptr) == std::string());
    CHECK(consentree_report_kind(nullptr) == std::string());
    CHECK(consentree_report_reason(nullptr) == std::string());
    consentree_report_free(nullptr);
    CHECK(consentree_verify_version() == std::string(consentree_verify_version()));
    CHECK_FALSE(std::string(consentree_verify_version()).empty());
}

TEST_CASE("c api: several threads verify at once") {
    const lt::Issued issued;
    const std::string file = format_receipt(issued.receipt({1}, issued.quorum_note()));
    const std::string trust = ledger::format_policy(issued.genesis);
    std::atomic<int> verified{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 10; ++k) {
                if (consentree_report_standing(check(file, trust).get()) == 0) ++verified;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(verified == 40);
}
