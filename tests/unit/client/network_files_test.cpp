#include "client/network_files.h"

#include "client/agreement.h"
#include "client/trust.h"
#include "common/files.h"
#include "common/keys.h"
#include "ledger/genesis.h"
#include "tests/unit/client/temporary_home.h"

#include <sys/stat.h>
#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;

namespace {

NewNetwork four(const TemporaryHome& home) {
    NewNetwork network;
    network.name = "edu-health";
    network.institutions = {
        {"northbank", ""}, {"medcare", ""}, {"citygov", "CityGov"}, {"uni", ""}};
    network.folder = home.folder() / "net";
    return network;
}

}  // namespace

TEST_CASE("net: the files of a network agree with each other") {
    TemporaryHome home;
    const auto files = make_network(four(home));
    REQUIRE(files);
    const auto text = read_file(files->genesis, 1 << 20);
    REQUIRE(text.has_value());
    const auto genesis = ledger::parse_genesis(*text);
    REQUIRE(genesis.has_value());
    CHECK(to_hex(genesis->network.view()) == files->network);
    REQUIRE(genesis->validators.size() == 4);
    CHECK(genesis->institutions[2].name == "CityGov");
    CHECK(genesis->institutions[0].name == "Northbank");
    for (std::size_t i = 0; i < 4; ++i) {
        const auto folder = files->nodes[i].config.parent_path();
        const auto seed = SecretKey::load(folder / "validator.key");
        REQUIRE(seed.has_value());
        const ValidatorKeys keys = ValidatorKeys::from(*seed);
        CHECK(genesis->validators[i].vote == keys.vote.public_key());
        CHECK(genesis->validators[i].cosignature == keys.cosignature.public_key());
        struct stat status {};
        REQUIRE(::stat((folder / "validator.key").c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
    }
    const auto trust = load_trust(files->trust.string());
    REQUIRE(trust);
    CHECK(trust->network == genesis->network);
    CHECK(files->quorum == 3);
    CHECK(Agreement::load(files->agreement.string()));

    const auto partner = SecretKey::load(files->partner_key);
    const auto officer = SecretKey::load(files->officer_key);
    REQUIRE(partner.has_value());
    REQUIRE(officer.has_value());
    bool partner_known = false;
    bool officer_known = false;
    for (const auto& entry : genesis->keys) {
        partner_known = partner_known ||
                        (entry.key == partner->public_key() && entry.institution == "northbank" &&
                         entry.roles == ledger::Role::submit);
        officer_known =
            officer_known || (entry.key == officer->public_key() &&
                              entry.institution == "citygov" && entry.roles == ledger::Role::audit);
    }
    CHECK(partner_known);
    CHECK(officer_known);
}

TEST_CASE("net: a node's settings name the other nodes") {
    TemporaryHome home;
    auto network = four(home);
    network.api_port = 9501;
    network.peer_port = 9505;
    const auto files = make_network(network);
    REQUIRE(files);
    const auto text = read_file(files->nodes[1].config, 1 << 16);
    REQUIRE(text.has_value());
    CHECK(text->find("listen = \"127.0.0.1:9502\"") != std::string::npos);
    CHECK(text->find("listen = \"127.0.0.1:9506\"") != std::string::npos);
    for (const char* other : {"127.0.0.1:9505", "127.0.0.1:9507", "127.0.0.1:9508"}) {
        CHECK(text->find("address = \"" + std::string(other) + "\"") != std::string::npos);
    }
    CHECK(text->find("institution = \"medcare\"") == std::string::npos);
}

TEST_CASE("net: nothing is overwritten and nothing odd is made") {
    TemporaryHome home;
    const auto files = make_network(four(home));
    REQUIRE(files);
    const auto before = read_file(files->genesis, 1 << 20);
    CHECK(make_network(four(home)).error().kind == FailureKind::conflict);
    CHECK(*read_file(files->genesis, 1 << 20) == *before);

    auto network = four(home);
    network.folder = home.folder() / "other";
    network.institutions.pop_back();
    CHECK(make_network(network).error().code == "invalid-network");
    network.institutions.push_back({"northbank", ""});
    CHECK(make_network(network).error().code == "invalid-network");
    network.institutions.back().id = "../up";
    CHECK(make_network(network).error().code == "invalid-network");
    network.institutions.back().id = "uni";
    network.peer_port = static_cast<std::uint16_t>(network.api_port + 2);
    CHECK(make_network(network).error().code == "invalid-network");
    network.api_port = 65'533;
    CHECK(make_network(network).error().code == "invalid-network");
    CHECK_FALSE(std::filesystem::exists(home.folder() / "other"));
}
