// Audits of real nodes: at work, stopped and killed; and a node whose state was edited stops.
#include "audit/audit.h"
#include "audit/tamper.h"
#include "common/files.h"
#include "network.h"

#include <sys/wait.h>
#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::integration;
namespace fs = std::filesystem;

namespace {

audit::Report audit_of(const Network& network, std::size_t node) {
    audit::Request request;
    request.data = network.data_dir(node);
    request.genesis = network.files().genesis;
    request.key = network.files().nodes[node].config.parent_path() / "validator.key";
    auto report = audit::run(request);
    REQUIRE(report.has_value());
    return std::move(*report);
}

std::string told(const audit::Report& report) {
    std::string text;
    for (const audit::Finding& finding : report.findings) text += finding.what + "\n";
    return text;
}

void submit(Network& network, std::uint64_t from, std::uint64_t count) {
    auto client = network.client(0, {0, 2, 3});
    for (std::uint64_t number = from; number < from + count; ++number) {
        const auto done =
            client.submit_events({access_event(network.files().nodes[0].institution, number)});
        REQUIRE(done.has_value());
    }
}

std::string log_of(const Network& network, std::size_t node) {
    auto text = read_file(network.log_file(node), 1u << 24);
    REQUIRE(text.has_value());
    return *text;
}

}  // namespace

TEST_CASE("audit: nodes at work, killed, started again and stopped are clean") {
    Network network;
    network.start_all();
    network.wait_ready();
    submit(network, 0, 20);
    network.wait_for_one_height();
    const audit::Report at_work = audit_of(network, 1);
    INFO(told(at_work));
    CHECK(at_work.findings.empty());
    CHECK(at_work.was_running);
    network.kill(1);
    submit(network, 100, 20);
    const audit::Report killed = audit_of(network, 1);
    INFO(told(killed));
    CHECK(killed.findings.empty());
    CHECK_FALSE(killed.was_running);
    network.start(1);
    network.wait_for_one_height();
    network.stop_all();
    const audit::Report stopped = audit_of(network, 1);
    INFO(told(stopped));
    CHECK(stopped.findings.empty());
    CHECK(stopped.entries >= 40);
}

TEST_CASE("audit: a node whose rows were edited stops at its start and says so") {
    Network network;
    network.start_all();
    network.wait_ready();
    submit(network, 0, 10);
    network.wait_for_one_height();
    for (const char* way : {"verdict", "tile", "outcome"}) {
        network.stop(1);
        const auto done = audit::tamper(network.data_dir(1), way);
        INFO(way);
        REQUIRE(done.has_value());
        CHECK(audit_of(network, 1).has_failed());
        network.start(1);
        REQUIRE(wait_until([&] { return !network.is_running(1); }));
        CHECK(log_of(network, 1).find("consentree: FATAL: ") != std::string::npos);
        fs::remove_all(network.data_dir(1));  // As the restore of docs/operations.md.
        network.start(1);
        network.wait_for_one_height();
    }
    network.stop_all();
    const audit::Report restored = audit_of(network, 1);
    INFO(told(restored));  // Perhaps it was stopped before it had a checkpoint.
    CHECK_FALSE(restored.has_failed());
}

TEST_CASE("audit: a node whose state was edited stops at the block that rests on it") {
    Network network;
    network.start_all();
    network.wait_ready();
    auto client = network.client(0, {0, 2, 3});
    client::Grant grant;
    grant.subject = "sub:8f2c";
    grant.recipient = network.files().nodes[3].institution;
    grant.purpose = "research";
    grant.data = {"lab-results"};
    grant.expires = "never";
    const auto granted = client.submit(grant);
    REQUIRE(granted.has_value());
    network.wait_for_one_height();
    network.stop(1);
    REQUIRE(audit::tamper(network.data_dir(1), "consent").has_value());
    const audit::Report report = audit_of(network, 1);
    INFO(told(report));
    REQUIRE(report.has_failed());
    CHECK(report.findings.front().table == "state");
    network.start(1);
    network.wait_for_one_height();  // Nothing rests on it yet.
    client::Withdraw withdraw;
    withdraw.consent_id = granted->consent_id;
    REQUIRE(client.submit(withdraw).has_value());
    REQUIRE(wait_until([&] { return !network.is_running(1); }));
    CHECK(log_of(network, 1).find("consentree: FATAL: this node's log has another root") !=
          std::string::npos);
    submit(network, 0, 3);  // The others go on.
}
